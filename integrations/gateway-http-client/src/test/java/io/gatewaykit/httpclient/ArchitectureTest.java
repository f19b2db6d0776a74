// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import io.gatewaykit.api.tck.ArchitectureRules;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import java.util.Map;
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

  @Override
  protected Map<Object, Object> settingSamples() {
    return Map.of(
        FailoverGroup.class,
        FailoverGroup.<String>builder("g").line(Line.of("l", 0, Endpoint.of("a", "a"))).build());
  }
}
