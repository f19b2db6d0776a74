// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.AsyncCalls;
import io.gatewaykit.api.upstream.Resolution;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of several addresses that accepts a connection: Happy Eyeballs version 2
 * [1].
 *
 * <p>Attempts start 250 ms apart, or immediately after the previous one has failed. Address
 * families alternate. The first connection wins, and connections established later are closed. A
 * dead address therefore costs a quarter of a second, not a timeout, and any number of dead
 * addresses costs a single timeout.
 *
 * <p>The order depends on earlier outcomes: addresses that connected fast come first, and those
 * that failed recently come last. Only the connection is raced. TLS follows on the winning
 * connection, with the host name from the {@link Resolution}.
 *
 * <p>Thread-safe. Starts a thread for its timers unless a scheduler is given, and must be closed.
 *
 * <ol>
 *   <li>RFC 8305, "Happy Eyeballs Version 2: Better Connectivity Using Concurrency"
 * </ol>
 *
 * @param <C> the connection
 */
public final class ConnectRacer<C> implements AutoCloseable {
  private static final Duration MAX_TIME = Duration.ofDays(30);

  /** RFC 8305, section 5: the recommended delay, and its lower and upper limits. */
  private static final Duration DELAY = Duration.ofMillis(250);

  private static final Duration MIN_DELAY = Duration.ofMillis(10);
  private static final Duration MAX_DELAY = Duration.ofSeconds(2);

  private final Connector<C> connector;
  private final Consumer<C> closer;
  private final Ticker ticker;
  private final long delayNanos;
  private final long timeoutNanos;
  private final AddressHistory history;
  private final Timers timers;

  private record Settings(
      Ticker ticker,
      long delayNanos,
      long timeoutNanos,
      @Nullable ScheduledExecutorService scheduler) {}

  private ConnectRacer(Connector<C> connector, Consumer<C> closer, Settings settings) {
    this.connector = connector;
    this.closer = closer;
    ticker = settings.ticker();
    delayNanos = settings.delayNanos();
    timeoutNanos = settings.timeoutNanos();
    history = new AddressHistory();
    timers = new Timers("connect-race", settings.scheduler());
  }

  /** Opens one connection. Must not block. */
  @FunctionalInterface
  public interface Connector<C> {
    /** Starts to connect; cancelling the future of the stage aborts the attempt. */
    CompletionStage<C> connect(InetSocketAddress address);
  }

  /**
   * Returns a new builder.
   *
   * @param connector opens a connection
   * @param closer closes a connection that was established after the winner
   */
  public static <C> Builder<C> builder(Connector<C> connector, Consumer<C> closer) {
    return new Builder<>(connector, closer);
  }

  /** Returns a builder for the JDK's asynchronous channels. */
  public static Builder<AsynchronousSocketChannel> sockets() {
    return new Builder<>(SocketConnector::connect, SocketConnector::close);
  }

  /**
   * Connects.
   *
   * @param addresses resolved addresses, in the resolver's order of preference
   * @return the connection; if all attempts fail, the last failure, with the others as suppressed,
   *     or a {@link SocketTimeoutException}. Cancelling it aborts all attempts.
   * @throws IllegalArgumentException if there is no address, or one is unresolved
   */
  public CompletableFuture<C> connect(List<InetSocketAddress> addresses) {
    if (addresses.isEmpty()) {
      throw Arguments.outside("addresses", "none", "at least 1");
    }
    for (InetSocketAddress address : addresses) {
      if (address.isUnresolved()) {
        throw Arguments.outside("addresses", address, "resolved");
      }
    }
    var race = new Race(history.order(addresses, ticker.read()));
    race.start();
    return race.result;
  }

  /** Connects to a port at any address of a resolution. */
  public CompletableFuture<C> connect(Resolution resolution, int port) {
    return connect(
        resolution.addresses().stream().map(a -> new InetSocketAddress(a, port)).toList());
  }

  @Override
  public void close() {
    timers.close();
  }

  /** One race. Its monitor guards the state; connectors are called outside it. */
  private final class Race {
    final List<InetSocketAddress> order;
    final CompletableFuture<C> result = new CompletableFuture<>();
    private final List<CompletableFuture<?>> running = new ArrayList<>();
    private int started;
    private int failed;
    private @Nullable Future<?> next;
    private @Nullable Future<?> end;
    private @Nullable Throwable last;

    Race(List<InetSocketAddress> order) {
      this.order = order;
    }

    void start() {
      synchronized (this) {
        end = after(timeoutNanos, this::onTimeout);
      }
      CompletableFuture<?> unused = result.whenComplete((connection, failure) -> stop());
      startNext();
    }

    private void onTimeout() {
      long now = ticker.read();
      List<InetSocketAddress> pending;
      synchronized (this) {
        pending = order.subList(0, started);
      }
      if (result.completeExceptionally(
          new SocketTimeoutException("timed out connecting to " + order))) {
        pending.forEach(address -> history.failed(address, now));
      }
    }

    private void startNext() {
      int index;
      synchronized (this) {
        if (result.isDone() || started == order.size()) {
          return;
        }
        cancel(next);
        index = started++;
        next = started < order.size() ? after(delayNanos, this::startNext) : null;
      }
      InetSocketAddress address = order.get(index);
      long start = ticker.read();
      CompletableFuture<C> connecting = connect(address);
      synchronized (this) {
        running.add(connecting);
      }
      CompletableFuture<?> unused =
          connecting.whenComplete((connection, failure) -> {
            if (connection != null) {
              onConnected(address, connection, ticker.read() - start);
            } else {
              Throwable cause = failure == null ? new NullPointerException("connection") : failure;
              onFailed(address, AsyncCalls.cause(cause));
            }
          });
      if (result.isDone()) { // the race was decided while this attempt was starting
        connecting.cancel(false);
      }
    }

    private CompletableFuture<C> connect(InetSocketAddress address) {
      try {
        return requireNonNull(connector.connect(address), "stage returned by the connector")
            .toCompletableFuture();
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private void onConnected(InetSocketAddress address, C connection, long nanos) {
      history.connected(address, nanos, ticker.read());
      if (!result.complete(connection)) {
        closer.accept(connection);
      }
    }

    private void onFailed(InetSocketAddress address, Throwable cause) {
      if (result.isDone()) {
        return; // cancelled as a loser: no evidence against the address
      }
      history.failed(address, ticker.read());
      if (recordFailure(cause)) {
        result.completeExceptionally(requireNonNull(last));
      } else {
        startNext();
      }
    }

    private synchronized boolean recordFailure(Throwable cause) {
      if (last != null && !last.equals(cause)) {
        cause.addSuppressed(last);
      }
      last = cause;
      return ++failed == order.size();
    }

    private @Nullable Future<?> after(long nanos, Runnable task) {
      try {
        return timers.after(nanos, task);
      } catch (RejectedExecutionException e) {
        result.completeExceptionally(new ConnectException("connect racer is closed"));
        return null;
      }
    }

    private void stop() {
      List<CompletableFuture<?>> attempts;
      synchronized (this) {
        cancel(next);
        cancel(end);
        attempts = List.copyOf(running);
      }
      attempts.forEach(one -> one.cancel(false)); // no effect on attempts that have completed
    }

    private void cancel(@Nullable Future<?> timer) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder<C> {
    private final Connector<C> connector;
    private final Consumer<C> closer;
    private @Nullable Ticker ticker;
    private @Nullable Duration delay;
    private @Nullable Duration timeout;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(Connector<C> connector, Consumer<C> closer) {
      this.connector = requireNonNull(connector, "connector");
      this.closer = requireNonNull(closer, "closer");
    }

    /**
     * Sets the delay between the starts of two attempts, 10 ms to 2 seconds. Default: 250 ms.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<C> delay(Duration delay) {
      Duration checked = Arguments.range("delay", delay, MIN_DELAY, MAX_DELAY);
      this.delay = Arguments.once("delay", this.delay, checked);
      return this;
    }

    /**
     * Sets the timeout of the race as a whole, more than zero and at most 30 days. Default: 10
     * seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<C> timeout(Duration timeout) {
      Duration checked = Arguments.positive("timeout", timeout, MAX_TIME);
      this.timeout = Arguments.once("timeout", this.timeout, checked);
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<C> ticker(Ticker ticker) {
      this.ticker = Arguments.once("ticker", this.ticker, ticker);
      return this;
    }

    /** Sets the scheduler for timers, which is never shut down. Default: a thread of the racer. */
    public Builder<C> scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = Arguments.once("scheduler", this.scheduler, scheduler);
      return this;
    }

    /** Builds the racer. */
    public ConnectRacer<C> build() {
      return new ConnectRacer<>(
          connector,
          closer,
          new Settings(
              ticker == null ? Ticker.system() : ticker,
              (delay == null ? DELAY : delay).toNanos(),
              (timeout == null ? Duration.ofSeconds(10) : timeout).toNanos(),
              scheduler));
    }
  }
}
