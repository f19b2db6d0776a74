// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import io.gatewaykit.api.tck.ArchitectureRules;
import java.util.Set;

class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(
        HttpFailover.class,
        "io.gatewaykit.failover",
        "io.grpc..",
        "javax.net.ssl..",
        "okhttp3..",
        "okio..",
        "org.apache.hc..",
        "org.reactivestreams..",
        "org.springframework..",
        "reactor..");
  }

  /** A date in a header field, for servers that send no date of their own. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of("io.gatewaykit.httpclient.internal.exchange.RetryAfter");
  }
}
