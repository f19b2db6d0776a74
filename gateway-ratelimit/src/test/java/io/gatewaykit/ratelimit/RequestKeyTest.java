// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestKeyTest {
  private static GatewayRequest request(int host, String apiKey) throws Exception {
    var builder =
        RequestHead.builder("GET", "/")
            .client(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) host}));
    return apiKey.isEmpty() ? builder.build() : builder.headers("X-Api-Key", apiKey).build();
  }

  @Test
  void keys_ofARequest() throws Exception {
    GatewayRequest request = request(1, "a");
    InetAddress address = request.client().address();
    assertThat(RequestKey.address().apply(request)).isEqualTo(address);
    assertThat(RequestKey.network().apply(request)).isEqualTo(request.client().network());
    assertThat(RequestKey.principal().apply(request)).isNull();
    assertThat(RequestKey.header("x-api-key").apply(request)).isEqualTo("a");
    assertThat(RequestKey.header("absent").apply(request)).isNull();
    var either = RequestKey.first(RequestKey.header("X-Api-Key"), RequestKey.address());
    assertThat(either.apply(request)).isEqualTo("a");
    assertThat(either.apply(request(1, ""))).isEqualTo(address);
    var both = RequestKey.all(RequestKey.header("X-Api-Key"), RequestKey.address());
    assertThat(both.apply(request)).isEqualTo(List.of("a", address));
    assertThat(both.apply(request(1, ""))).isNull();
    assertThatThrownBy(() -> RequestKey.header(""))
        .hasMessage("name: \"\" (expected: a field name)");
    assertThatThrownBy(RequestKey::all).hasMessage("keys: 0 (expected: 1..16)");
  }

  @Test
  void guard_keyOfHeaderAndAddress_limitsEachPair() throws Exception {
    KeyedLeakyBucket<Object> buckets =
        KeyedLeakyBucket.builder().limit(Limit.perSecond(1)).ticker(new ManualTicker()).build();
    RateLimitGuard guard =
        RateLimitGuard.builder("api", buckets)
            .key(RequestKey.all(RequestKey.header("X-Api-Key"), RequestKey.network()))
            .build();
    assertThat(guard.onHead(request(1, "a"))).isSameAs(Verdict.allow());
    assertThat(guard.onHead(request(1, "b"))).isSameAs(Verdict.allow());
    assertThat(guard.onHead(request(2, "a"))).isSameAs(Verdict.allow());
    assertThat(guard.onHead(request(1, "a"))).isInstanceOf(Verdict.Reject.class);
  }
}
