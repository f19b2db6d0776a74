// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // results are checked through recorded calls
class ConnectRacerTest {
  private static final Duration MS = Duration.ofMillis(1);

  private final ManualTicker ticker = new ManualTicker();
  private final VirtualScheduler scheduler = new VirtualScheduler(ticker);
  private final List<String> attempts = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();
  private final Map<InetSocketAddress, CompletableFuture<String>> open = new HashMap<>();
  private final ConnectRacer<String> racer =
      ConnectRacer.builder(this::connect, closed::add).ticker(ticker).scheduler(scheduler).build();

  private final InetSocketAddress v6a = address("2001:db8::a");
  private final InetSocketAddress v6b = address("2001:db8::b");
  private final InetSocketAddress v4a = address("192.0.2.1");
  private final InetSocketAddress v4b = address("192.0.2.2");
  private final List<InetSocketAddress> all = List.of(v6a, v6b, v4a, v4b);

  private static InetSocketAddress address(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 443);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private String name(InetSocketAddress address) {
    return Map.of(v6a, "v6a", v6b, "v6b", v4a, "v4a", v4b, "v4b").getOrDefault(address, "?");
  }

  private CompletableFuture<String> connect(InetSocketAddress address) {
    attempts.add(name(address) + "@" + ticker.read() / 1_000_000);
    var attempt = new CompletableFuture<String>();
    open.put(address, attempt);
    return attempt;
  }

  private void connected(InetSocketAddress address) {
    CompletableFuture<String> attempt = requireNonNull(open.get(address), name(address));
    attempt.complete(name(address));
  }

  private void refused(InetSocketAddress address) {
    CompletableFuture<String> attempt = requireNonNull(open.get(address), name(address));
    attempt.completeExceptionally(new ConnectException(name(address) + " refused"));
  }

  // The vector of the study of RFC 8305: only v4a of four addresses is reachable.

  @Test
  void blackHoledIpv6_connectsAfterOneDelay() {
    CompletableFuture<String> result = racer.connect(all);
    scheduler.advance(Duration.ofMillis(249));
    assertThat(attempts).containsExactly("v6a@0");
    scheduler.advance(MS);
    assertThat(attempts).containsExactly("v6a@0", "v4a@250");
    scheduler.advance(Duration.ofMillis(20));
    connected(v4a);

    assertThat(result).isCompletedWithValue("v4a");
    assertThat(open.get(v6a)).as("the loser is cancelled").isCancelled();
    assertThat(scheduler.waiting()).as("no timer remains").isZero();
  }

  @Test
  void refusedIpv6_nextStartsImmediately() {
    CompletableFuture<String> result = racer.connect(all);
    scheduler.advance(Duration.ofMillis(5));
    refused(v6a);
    assertThat(attempts).containsExactly("v6a@0", "v4a@5");
    scheduler.advance(Duration.ofMillis(20));
    connected(v4a);

    assertThat(result).isCompletedWithValue("v4a");
  }

  @Test
  void families_alternate() {
    CompletableFuture<String> result = racer.connect(all);
    scheduler.advance(Duration.ofMillis(750));

    assertThat(attempts).containsExactly("v6a@0", "v4a@250", "v6b@500", "v4b@750");
    assertThat(result).isNotDone();
  }

  /** A connection attempt that cannot be cancelled. */
  private static final class Stubborn extends CompletableFuture<String> {
    @Override
    public boolean cancel(boolean mayInterrupt) {
      return false;
    }
  }

  @Test
  void secondConnection_isClosed() {
    var first = new Stubborn();
    var second = new Stubborn();
    ConnectRacer<String> stubborn =
        ConnectRacer.<String>builder(address -> address.equals(v6a) ? first : second, closed::add)
            .ticker(ticker)
            .scheduler(scheduler)
            .build();
    CompletableFuture<String> result = stubborn.connect(all);
    scheduler.advance(Duration.ofMillis(250));
    second.complete("winner");
    first.complete("late");

    assertThat(result).isCompletedWithValue("winner");
    assertThat(closed).containsExactly("late");
  }

  @Test
  void allRefused_failsWithTheLastAndSuppressesTheOthers() {
    CompletableFuture<String> result = racer.connect(List.of(v6a, v4a));
    refused(v6a);
    refused(v4a);

    assertThatThrownBy(result::join)
        .hasRootCauseMessage("v4a refused")
        .satisfies(e -> assertThat(requireNonNull(e.getCause()).getSuppressed()).hasSize(1));
    assertThat(scheduler.waiting()).isZero();
  }

  @DisplayName("R-98: any number of dead addresses costs a single timeout")
  @Test
  void deadAddresses_costASingleTimeout() {
    var dead = new ArrayList<InetSocketAddress>();
    for (int i = 1; i <= 20; i++) {
      dead.add(address("198.51.100." + i));
    }
    CompletableFuture<String> result = racer.connect(dead);
    scheduler.advance(Duration.ofSeconds(10));

    assertThatThrownBy(result::join).hasCauseInstanceOf(SocketTimeoutException.class);
    assertThat(attempts).hasSize(20);
    assertThat(open.values()).allMatch(CompletableFuture::isCancelled);
  }

  @Test
  void history_ordersFastFirstAndFailedLast() {
    CompletableFuture<String> unused =
        racer.connect(List.of(v4b)); // only its effect on the history matters
    scheduler.advance(Duration.ofMillis(10));
    connected(v4b);
    unused = racer.connect(List.of(v6a, v4a));
    refused(v6a);
    scheduler.advance(Duration.ofMillis(30));
    connected(v4a);
    attempts.clear();
    unused = racer.connect(all);
    scheduler.advance(Duration.ofMillis(750));
    assertThat(attempts)
        .extracting(attempt -> attempt.substring(0, 3))
        .containsExactly("v4b", "v6b", "v4a", "v6a");

    unused.cancel(false); // or its timeout would count against all addresses
    attempts.clear();
    scheduler.advance(
        Duration.ofSeconds(31)); // the failure has expired, the round-trip times have not
    unused = racer.connect(all);
    scheduler.advance(Duration.ofMillis(750));
    assertThat(attempts)
        .extracting(attempt -> attempt.substring(0, 3))
        .containsExactly("v4b", "v6a", "v4a", "v6b");
  }

  @Test
  void cancel_cancelsAttemptsAndLeavesNoTimer() {
    CompletableFuture<String> result = racer.connect(all);
    result.cancel(false);

    assertThat(open.get(v6a)).isCancelled();
    assertThat(scheduler.waiting()).isZero();
  }

  @Test
  void closed_failsImmediately() {
    ConnectRacer<String> own = ConnectRacer.builder(this::connect, closed::add).build();
    own.close();

    assertThat(own.connect(all)).isCompletedExceptionally();
  }

  @Test
  void invalidArguments_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> racer.connect(List.of()))
        .withMessage("addresses: none (expected: at least 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> racer.connect(List.of(InetSocketAddress.createUnresolved("host.test", 1))))
        .withMessageContaining("(expected: resolved)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConnectRacer.sockets().delay(MS))
        .withMessage("delay: PT0.001S (expected: PT0.01S..PT2S)");
  }
}
