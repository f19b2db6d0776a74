// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RateLimitGuardTest {
  private final ManualTicker ticker = new ManualTicker();
  private final KeyedLeakyBucket<InetAddress> limiter =
      KeyedLeakyBucket.<InetAddress>builder()
          .limit(Limit.perSecond(2).burst(2).delayAfter(1))
          .ticker(ticker)
          .build();

  @Test
  void onHead_passesDelaysRejects() throws Exception {
    RateLimitGuard guard = RateLimitGuard.builder("api", limiter).build();
    GuardChain chain = GuardChain.of(guard);
    GatewayRequest request = from(1);
    assertThat(chain.begin().head(request)).isSameAs(Verdict.allow());
    assertThat(chain.begin().head(request)).isSameAs(Verdict.allow());
    assertThat(chain.begin().head(request)).isEqualTo(Verdict.delay(Duration.ofMillis(500)));
    Rejection rejection = ((Verdict.Reject) chain.begin().head(request)).rejection();
    assertThat(rejection.status()).isEqualTo(429);
    assertThat(rejection.retryAfter()).contains(Duration.ofMillis(500));
    assertThat(chain.begin().head(from(2))).as("another client").isSameAs(Verdict.allow());
    ticker.advance(rejection.retryAfter().orElseThrow());
    assertThat(chain.begin().head(request)).isInstanceOf(Verdict.Delay.class);
    assertThat(guard.allowed() + guard.delayed() + guard.rejected()).isEqualTo(6);
  }

  @Test
  void onHead_exemptShadowAndUnkeyed_pass() throws Exception {
    var exempt = RateLimitGuard.builder("api", limiter).exempt("192.0.2.0/24").build();
    var shadow = RateLimitGuard.builder("api", limiter).shadow(true).build();
    var unkeyed = RateLimitGuard.builder("api", limiter).key(GatewayRequest::principal).build();
    for (int i = 0; i < 10; i++) {
      assertThat(exempt.onHead(from(1))).isSameAs(Verdict.allow());
      assertThat(unkeyed.onHead(from(1))).isSameAs(Verdict.allow());
      assertThat(shadow.onHead(from(1))).isSameAs(Verdict.allow());
    }
    assertThat(shadow.rejected()).isEqualTo(7);
    assertThat(exempt.rejected() + unkeyed.rejected()).isZero();
  }

  @Test
  void headers_areOnResponsesAndRefusals() throws Exception {
    RateLimitGuard guard =
        RateLimitGuard.builder("api", limiter).headers(HeaderStyle.BOTH).cost(r -> 3).build();
    GatewayRequest first = from(1);
    assertThat(guard.onHead(first)).isEqualTo(Verdict.delay(Duration.ofMillis(500)));
    var response = new Response();
    guard.onResponse(first, response);
    assertThat(response.added)
        .containsExactly(
            "RateLimit-Policy: \"api\";q=2;w=1;gw-burst=2",
            "RateLimit: \"api\";r=0;t=2",
            "X-RateLimit-Limit: 3",
            "X-RateLimit-Remaining: 0",
            "X-RateLimit-Reset: 2");
    Rejection rejection = ((Verdict.Reject) guard.onHead(from(1))).rejection();
    assertThat(rejection.headers().get(1)).isEqualTo(Map.entry("RateLimit", "\"api\";r=0;t=2"));
    assertThat(rejection.extensions()).containsEntry("violated-policies", List.of("api"));
  }

  @Test
  void rejection_ofOnesOwn_isSent() throws Exception {
    Rejection own = Rejection.builder(503, "busy", "Busy").build();
    RateLimitGuard guard =
        RateLimitGuard.builder("api", limiter)
            .headers(HeaderStyle.NONE)
            .cost(r -> 99)
            .rejection((request, decision) -> own)
            .build();
    assertThat(guard.stages()).containsExactly(Stage.HEAD);
    assertThat(guard.onHead(from(1))).isEqualTo(Verdict.reject(own));
  }

  @Test
  void builder_settingSetTwice_isRejected() {
    RateLimitGuard.Builder builder = RateLimitGuard.builder("api", limiter).shadow(false);
    assertThatThrownBy(() -> builder.shadow(true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("shadow: true (expected: set once, but already false)");
  }

  private static final class Response implements ResponseHead {
    private final List<String> added = new ArrayList<>();

    @Override
    public int status() {
      return 200;
    }

    @Override
    public Headers headers() {
      return Headers.empty();
    }

    @Override
    public void addHeader(String name, String value) {
      added.add(name + ": " + value);
    }

    @Override
    public void setHeader(String name, String value) {
      throw new UnsupportedOperationException();
    }
  }

  private static GatewayRequest from(int host) throws Exception {
    InetAddress address = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) host});
    return RequestHead.builder("GET", "/").client(address).build();
  }
}
