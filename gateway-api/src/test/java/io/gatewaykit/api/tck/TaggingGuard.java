// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;

/** Sets an attribute of each request. */
record TaggingGuard(String tag) implements Guard {
  static final AttributeKey<String> TAG = AttributeKey.of("tag");

  @Override
  public String name() {
    return "tagging";
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    request.attributes().set(TAG, tag);
    return Verdict.allow();
  }
}
