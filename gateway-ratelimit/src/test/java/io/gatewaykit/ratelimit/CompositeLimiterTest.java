// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CompositeLimiterTest {
  private final ManualTicker ticker = new ManualTicker();
  private final KeyedLeakyBucket<String> perClient =
      KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(2).burst(4)).ticker(ticker).build();
  private final LeakyBucket all =
      LeakyBucket.builder().limit(Limit.perSecond(1).burst(3)).ticker(ticker).build();
  private final WindowCounter<String> daily =
      WindowCounter.<String>builder()
          .fixed(Limit.of(10, Duration.ofDays(1)))
          .ticker(ticker)
          .build();
  private final CompositeLimiter<String> limiter =
      CompositeLimiter.<String>builder()
          .add("client", perClient)
          .add("all", all.asLimiter())
          .add("daily", daily)
          .build();

  @Test
  void check_admits_delayIsTheLongest() {
    limiter.check("a", 1);
    Decision decision = limiter.check("a", 1);
    assertThat(decision.delay()).isEqualTo(Duration.ofSeconds(1));
    assertThat(decision.remaining()).isEqualTo(2);
    assertThat(decision.violated("x")).isEmpty();
    assertThat(decision.headers("x", HeaderStyle.STANDARD))
        .containsExactly(
            Map.entry(
                "RateLimit-Policy",
                "\"client\";q=2;w=1;gw-burst=4, \"all\";q=1;w=1;gw-burst=3,"
                    + " \"daily\";q=10;w=86400"),
            Map.entry("RateLimit", "\"client\";r=3;t=1, \"all\";r=2;t=2, \"daily\";r=8;t=86401"));
  }

  @Test
  void check_rejected_namesAllViolatedAndTakesNothing() {
    limiter.check("a", 4);
    perClient.decide("a", 1);
    Decision before = perClient.peek("a", 1);
    Decision rejected = limiter.check("a", 1);
    assertThat(rejected.violated("x")).containsExactly("client", "all");
    assertThat(rejected.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(perClient.peek("a", 1)).isEqualTo(before);
    assertThat(daily.peek("a", 1).remaining()).isEqualTo(5);
    assertThat(limiter.check("a", 11).outcome()).isEqualTo(Decision.Outcome.IMPOSSIBLE);
  }

  /** Equal to the original's combined limiters, except for the loss of the rejecting part. */
  @Property(tries = 300, seed = "1")
  void cancel_lastFirst_isTheIdentity(
      @ForAll @Size(max = 20) List<@IntRange(min = 1, max = 3) Integer> costs) {
    for (int cost : costs) {
      Decision client = perClient.peek("a", 1);
      Decision whole = all.peek(1);
      Decision day = daily.peek("a", 1);
      Reservation reservation = limiter.reserve("a", cost, Duration.ofDays(1));
      reservation.cancel();
      assertThat(perClient.peek("a", 1)).isEqualTo(client);
      assertThat(all.peek(1)).isEqualTo(whole);
      assertThat(daily.peek("a", 1).remaining()).isEqualTo(day.remaining());
      ticker.advance(Duration.ofMillis(100L * cost));
      limiter.decide("a", 1);
    }
  }

  @Test
  void reserve_partFails_refundsTheOthers() {
    RateLimiter<String> lying = new FailingLimiter(daily);
    CompositeLimiter<String> broken =
        CompositeLimiter.<String>builder().add("all", all.asLimiter()).add("bad", lying).build();
    Decision before = all.peek(1);
    assertThatThrownBy(() -> broken.check("a", 1)).isInstanceOf(IllegalStateException.class);
    assertThat(all.peek(1)).isEqualTo(before);
  }

  private record Login(String account, int address) {}

  @Test
  void add_withItsOwnKey_limitsEachPartOfTheKey() {
    KeyedLeakyBucket<String> accounts =
        KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1).burst(2).nodelay()).build();
    KeyedLeakyBucket<Integer> addresses =
        KeyedLeakyBucket.<Integer>builder().limit(Limit.perSecond(1).burst(4).nodelay()).build();
    CompositeLimiter<Login> logins =
        CompositeLimiter.<Login>builder()
            .add("account", accounts, Login::account)
            .add("address", addresses, Login::address)
            .build();
    for (int i = 0; i < 3; i++) {
      assertThat(logins.tryAcquire(new Login("a", 1))).isTrue();
    }
    assertThat(logins.check(new Login("a", 2), 1).violated("x")).containsExactly("account");
    assertThat(logins.tryAcquire(new Login("b", 1))).isTrue();
    assertThat(logins.tryAcquire(new Login("b", 1))).isTrue();
    assertThat(logins.check(new Login("b", 1), 1).violated("x")).containsExactly("address");
    logins.reset(new Login("b", 1));
    assertThat(logins.tryAcquireUpTo(new Login("b", 1), 99)).isEqualTo(3);
  }

  private record FailingLimiter(RateLimiter<String> asked) implements RateLimiter<String> {
    @Override
    public Balance charge(String key, long cost) {
      throw new IllegalStateException("down");
    }

    @Override
    public void reset(String key) {
      throw new IllegalStateException("down");
    }

    @Override
    public long decide(String key, long cost) {
      throw new IllegalStateException("down");
    }

    @Override
    public Decision check(String key, long cost) {
      throw new IllegalStateException("down");
    }

    @Override
    public Decision peek(String key, long cost) {
      return asked.peek(key, cost);
    }

    @Override
    public boolean tryAcquire(String key) {
      throw new IllegalStateException("down");
    }

    @Override
    public Reservation reserve(String key, long cost, Duration maxDelay) {
      throw new IllegalStateException("down");
    }
  }
}
