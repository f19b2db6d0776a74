package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** The code of docs/ratelimit.md, compiled and run. */
class DocsSnippetsTest {
  @Test
  void firstSnippet() {
    LeakyBucket one = LeakyBucket.builder().limit(Limit.perSecond(10).burst(20)).build();

    KeyedLeakyBucket<InetAddress> perClient =
        KeyedLeakyBucket.<InetAddress>builder()
            .limit(Limit.perSecond(5).burst(5).nodelay())
            .maxKeys(200_000)
            .build();
    GuardChain chain = GuardChain.of(RateLimitGuard.builder("chat", perClient).build());

    assertThat(one.tryAcquire()).isTrue();
    assertThat(chain.begin().head(RequestHead.builder("GET", "/").build()))
        .isSameAs(Verdict.allow());
  }
}
