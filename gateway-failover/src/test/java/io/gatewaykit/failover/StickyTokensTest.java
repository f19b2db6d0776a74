// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Session affinity by signed tokens. */
class StickyTokensTest {
  private final ScriptedHealth health = new ScriptedHealth();
  private final ManualTicker ticker = new ManualTicker();
  private final FailoverGroup<String> group = group("g", tokens(1, 1));

  private static byte[] key(int fill) {
    var key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return key;
  }

  private static StickyTokens tokens(int number, int fill) {
    return StickyTokens.builder(number, key(fill)).build();
  }

  private FailoverGroupBuilder<String> builder(String name) {
    return FailoverGroup.<String>builder(name)
        .line(
            Line.of(
                "first", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B"), Endpoint.of("c", "C")))
        .line(Line.of("second", 1, Endpoint.of("d", "D")))
        .health(health)
        .ticker(ticker)
        .seed(3);
  }

  private FailoverGroup<String> group(String name, @Nullable StickyTokens tokens) {
    FailoverGroupBuilder<String> builder = builder(name);
    return (tokens == null ? builder : builder.sticky(Stickiness.of(tokens))).build();
  }

  private static String visit(FailoverGroup<String> group, String token) {
    try (Lease<String> lease = lease(group, token)) {
      return lease.payload();
    }
  }

  private static Lease<String> lease(FailoverGroup<String> group, String token) {
    return requireNonNull(group.select(new SelectContext().stickyToken(token)));
  }

  private static String token(Lease<String> lease, @Nullable String clientToken) {
    return requireNonNull(lease.stickyToken(clientToken));
  }

  @Test
  void token_returnsToTheEndpoint_andIsIssuedOnce() {
    Lease<String> first = requireNonNull(group.select(new SelectContext()));
    String token = token(first, null);
    for (int i = 0; i < 100; i++) {
      Lease<String> again = lease(group, token);
      assertThat(again.payload()).isEqualTo(first.payload());
      assertThat(again.stickyToken(token)).isNull();
      again.succeed(200);
    }
  }

  @Test
  void failedAttempt_retryUsesAnotherEndpoint() {
    Lease<String> first = requireNonNull(group.select(new SelectContext()));
    var context = new SelectContext().stickyToken(token(first, null));
    Lease<String> same = requireNonNull(group.select(context));
    same.end(Outcome.CONNECT_FAILURE, 0);
    assertThat(requireNonNull(group.select(context)).payload()).isNotEqualTo(first.payload());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("R-84: the token of a failed or drained endpoint is replaced once")
  void unavailableEndpoint_tokenIsReplacedOnce(boolean drained) {
    String token = token(requireNonNull(group.select(new SelectContext())), null);
    String owner = visit(group, token);
    String id = owner.toLowerCase(java.util.Locale.ROOT);
    if (drained) {
      group.drain(id, Duration.ofSeconds(1), 1).isDone();
    } else {
      health.set(id, Health.UNHEALTHY);
    }
    Lease<String> moved = lease(group, token);
    assertThat(moved.payload()).isNotEqualTo(owner);
    String next = token(moved, token);
    health.allHealthy();
    if (drained) {
      group.undrain(id);
    }
    var seen = new HashSet<String>();
    for (int i = 0; i < 50; i++) {
      Lease<String> lease = lease(group, next);
      assertThat(lease.stickyToken(next)).as("no second token").isNull();
      seen.add(lease.payload());
      lease.succeed(200);
    }
    assertThat(seen).containsExactly(moved.payload());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("R-46: clients of the backup line stay or return, depending on movesBack")
  void backupClients_stayOrReturn(boolean movesBack) {
    FailoverGroup<String> own =
        builder("g")
            .sticky(new Stickiness(tokens(1, 1), movesBack))
            .lines(LinePolicy.builder().switcher(LineSwitcher.immediate()).build())
            .build();
    for (String id : new String[] {"a", "b", "c"}) {
      health.set(id, Health.UNHEALTHY);
    }
    Lease<String> onBackup = requireNonNull(own.select(new SelectContext()));
    assertThat(onBackup.payload()).isEqualTo("D");
    String token = token(onBackup, null);
    onBackup.succeed(200);
    health.allHealthy();
    for (int i = 0; i < 10; i++) {
      Lease<String> next = lease(own, token);
      assertThat(next.line()).isEqualTo(movesBack ? "first" : "second");
      assertThat(next.stickyToken(token) == null).isEqualTo(!movesBack);
      next.succeed(200);
    }
  }

  @Test
  @DisplayName("R-12: requests with a token do not advance the round robin of the others")
  void tokens_doNotAdvanceTheRoundRobin() {
    String token = token(requireNonNull(group.select(new SelectContext())), null);
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 300; i++) {
      visit(group, token);
      Lease<String> other = requireNonNull(group.select(new SelectContext()));
      counts.merge(other.payload(), 1, Integer::sum);
      other.succeed(200);
    }
    assertThat(counts)
        .containsOnlyKeys("A", "B", "C")
        .allSatisfy((id, n) -> {
          assertThat(n).isEqualTo(100);
        });
  }

  @Test
  void forgedAlteredAndForeignTokens_areIgnored() {
    String token = token(requireNonNull(group.select(new SelectContext())), null);
    String owner = visit(group, token);
    for (int i = 0; i < token.length() - 1; i++) { // the last character has unused bits
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      String altered = token.substring(0, i) + other + token.substring(i + 1);
      assertThat(tokens(1, 1).verify("g", altered)).as(altered).isEmpty();
    }
    assertThat(tokens(1, 1).verify("g", token)).isPresent();
    assertThat(tokens(1, 1).verify("other", token)).as("token of another group").isEmpty();
    assertThat(tokens(1, 2).verify("g", token)).as("token of another key").isEmpty();
    assertThat(tokens(2, 1).verify("g", token)).as("another key number").isEmpty();
    for (String text : new String[] {"", "x", "=".repeat(34), "ü".repeat(34), "x".repeat(99_999)}) {
      assertThat(tokens(1, 1).verify("g", text)).isEmpty();
      assertThat(visit(group, text)).isNotEmpty();
    }
    assertThat(token).as("discloses nothing").doesNotContainIgnoringCase(owner + "1");
  }

  @Test
  void rotation_oldKeyIsAcceptedWhileTheNewOneSigns() {
    String old = token(requireNonNull(group.select(new SelectContext())), null);
    String owner = visit(group, old);
    FailoverGroup<String> rotated =
        group("g", StickyTokens.builder(2, key(2)).accept(1, key(1)).build());
    assertThat(visit(rotated, old)).isEqualTo(owner);
    Lease<String> lease = lease(rotated, "");
    String fresh = token(lease, null);
    assertThat(tokens(2, 2).verify("g", fresh)).isPresent();
    assertThat(visit(rotated, fresh)).isEqualTo(lease.payload());
    FailoverGroup<String> done = group("g", tokens(2, 2));
    assertThat(tokens(2, 2).verify("g", old)).isEmpty();
    assertThat(visit(done, fresh)).isEqualTo(lease.payload());
  }

  @Test
  void withoutTokens_noAffinityAndNoToken() {
    FailoverGroup<String> plain = group("g", null);
    String token = token(requireNonNull(group.select(new SelectContext())), null);
    var seen = new HashSet<String>();
    for (int i = 0; i < 30; i++) {
      Lease<String> lease = lease(plain, token);
      assertThat(lease.stickyToken(null)).isNull();
      seen.add(lease.payload());
      lease.succeed(200);
    }
    assertThat(seen).containsExactlyInAnyOrder("A", "B", "C");
  }

  @Test
  void invalidKeys_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickyTokens.builder(256, key(1)))
        .withMessage("number: 256 (expected: 0..255)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickyTokens.builder(1, new byte[31]))
        .withMessage("key: 31 bytes (expected: 32..1024)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickyTokens.builder(1, key(1)).accept(1, key(2)))
        .withMessage("number: 1 (expected: not in use)");
  }
}
