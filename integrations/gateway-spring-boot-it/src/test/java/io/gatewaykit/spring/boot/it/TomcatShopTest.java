// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import io.gatewaykit.spring.boot.it.Server.Kind;

class TomcatShopTest extends ShopContract {
  TomcatShopTest() {
    super(Kind.TOMCAT, true);
  }
}
