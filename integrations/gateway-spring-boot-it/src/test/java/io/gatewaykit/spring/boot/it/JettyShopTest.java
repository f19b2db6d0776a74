// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import io.gatewaykit.spring.boot.it.Server.Kind;

class JettyShopTest extends ShopContract {
  JettyShopTest() {
    super(Kind.JETTY, false);
  }
}
