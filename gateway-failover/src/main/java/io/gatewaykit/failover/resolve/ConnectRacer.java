package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
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
 * Connects to whichever of several addresses answers first: Happy Eyeballs version 2 (RFC 8305).
 *
 * <p>One attempt after the other begins, 250 ms apart, or at once when the last one has failed;
 * families of addresses take turns. The first connection wins, and those that come about after it
 * are closed. So a dead address costs a quarter of a second, not a timeout, and any number of dead
 * ones cost one timeout, not one each.
 *
 * <p>What came of earlier connections decides the order: addresses that failed lately go last,
 * those that connected fast go first. Only the connection is raced; TLS follows on the winner, with
 * the name the {@link Resolution} has kept.
 *
 * <p>Thread-safe. Has a thread for its timers unless a scheduler is given, and must be closed.
 *
 * @param <C> the connection
 */
public final class ConnectRacer<C> implements AutoCloseable {
  /** RFC 8305, section 5: the recommended delay, and the least and most it allows. */
  private static final Duration DELAY = Duration.ofMillis(250);

  private static final Duration LEAST_DELAY = Duration.ofMillis(10);
  private static final Duration MOST_DELAY = Duration.ofSeconds(2);

  private final Connector<C> connector;
  private final Consumer<C> closer;
  private final Ticker ticker;
  private final long delayNanos;
  private final long timeoutNanos;
  private final AddressHistory history;
  private final Timers timers;

  private ConnectRacer(Builder<C> builder) {
    connector = builder.connector;
    closer = builder.closer;
    ticker = builder.ticker;
    delayNanos = builder.delay.toNanos();
    timeoutNanos = builder.timeout.toNanos();
    history = new AddressHistory();
    timers = new Timers("connect-race", builder.scheduler);
  }

  /** Opens one connection. Must not block. */
  @FunctionalInterface
  public interface Connector<C> {
    /** Begins to connect; cancelling the stage's future gives up. */
    CompletionStage<C> connect(InetSocketAddress address);
  }

  /**
   * Returns a builder.
   *
   * @param connector opens a connection
   * @param closer closes one that came too late
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
   * @param addresses resolved ones, in the order the resolver prefers
   * @return the connection; if none comes about, the last failure, with the others as suppressed,
   *     or a {@link SocketTimeoutException}. Cancelling it gives up.
   * @throws IllegalArgumentException if there is no address, or one is not resolved
   */
  public CompletableFuture<C> connect(List<InetSocketAddress> addresses) {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("addresses: none (expected: at least 1)");
    }
    for (InetSocketAddress address : addresses) {
      if (address.isUnresolved()) {
        throw new IllegalArgumentException("addresses: " + address + " (expected: resolved)");
      }
    }
    var race = new Race(history.order(addresses, ticker.read()));
    race.begin();
    return race.result;
  }

  /** Connects to the port at each of the addresses a name stands for. */
  public CompletableFuture<C> connect(Resolution resolution, int port) {
    return connect(
        resolution.addresses().stream().map(a -> new InetSocketAddress(a, port)).toList());
  }

  @Override
  public void close() {
    timers.close();
  }

  /** One race. Its own monitor guards it; connectors are called outside of it. */
  private final class Race {
    final List<InetSocketAddress> order;
    final CompletableFuture<C> result = new CompletableFuture<>();
    private final List<CompletableFuture<?>> running = new ArrayList<>();
    private int begun;
    private int failed;
    private @Nullable Future<?> next;
    private @Nullable Future<?> end;
    private @Nullable Throwable last;

    Race(List<InetSocketAddress> order) {
      this.order = order;
    }

    void begin() {
      synchronized (this) {
        end = after(timeoutNanos, this::late);
      }
      CompletableFuture<?> unused = result.whenComplete((connection, failure) -> stop());
      beginNext();
    }

    private void late() {
      long now = ticker.read();
      List<InetSocketAddress> silent;
      synchronized (this) {
        silent = order.subList(0, begun);
      }
      if (result.completeExceptionally(
          new SocketTimeoutException("none of " + order + " connected in time"))) {
        silent.forEach(address -> history.failed(address, now));
      }
    }

    private void beginNext() {
      int index;
      synchronized (this) {
        if (result.isDone() || begun == order.size()) {
          return;
        }
        cancel(next);
        index = begun++;
        next = begun < order.size() ? after(delayNanos, this::beginNext) : null;
      }
      InetSocketAddress address = order.get(index);
      long start = ticker.read();
      CompletableFuture<C> connecting = ask(address);
      synchronized (this) {
        running.add(connecting);
      }
      CompletableFuture<?> unused =
          connecting.whenComplete((connection, failure) -> {
            if (connection != null) {
              connected(address, connection, ticker.read() - start);
            } else {
              Throwable cause = failure == null ? new NullPointerException("connection") : failure;
              failed(address, Asking.unwrap(cause));
            }
          });
      if (result.isDone()) { // it was decided while this one was being started
        connecting.cancel(false);
      }
    }

    private CompletableFuture<C> ask(InetSocketAddress address) {
      try {
        return requireNonNull(connector.connect(address), "the connector's stage")
            .toCompletableFuture();
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private void connected(InetSocketAddress address, C connection, long nanos) {
      history.connected(address, nanos, ticker.read());
      if (!result.complete(connection)) {
        closer.accept(connection);
      }
    }

    private void failed(InetSocketAddress address, Throwable cause) {
      if (result.isDone()) {
        return; // cancelled as a loser: says nothing of the address
      }
      history.failed(address, ticker.read());
      if (fails(cause)) {
        result.completeExceptionally(requireNonNull(last));
      } else {
        beginNext();
      }
    }

    private synchronized boolean fails(Throwable cause) {
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
        result.completeExceptionally(new ConnectException("the racer is closed"));
        return null;
      }
    }

    private void stop() {
      List<CompletableFuture<?>> begunOnes;
      synchronized (this) {
        cancel(next);
        cancel(end);
        begunOnes = List.copyOf(running);
      }
      begunOnes.forEach(one -> one.cancel(false)); // does nothing to those that have ended
    }

    private void cancel(@Nullable Future<?> timer) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }

  /**
   * Collects the settings of a {@link ConnectRacer}. Not thread-safe.
   *
   * @param <C> the connection
   */
  public static final class Builder<C> {
    private final Connector<C> connector;
    private final Consumer<C> closer;
    private Ticker ticker = Ticker.system();
    private Duration delay = DELAY;
    private Duration timeout = Duration.ofSeconds(10);
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(Connector<C> connector, Consumer<C> closer) {
      this.connector = requireNonNull(connector, "connector");
      this.closer = requireNonNull(closer, "closer");
    }

    /**
     * Sets how long after an attempt the next one begins, 10 ms to 2 seconds. Default: 250 ms.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<C> delay(Duration delay) {
      if (delay.compareTo(LEAST_DELAY) < 0 || delay.compareTo(MOST_DELAY) > 0) {
        throw new IllegalArgumentException("delay: " + delay + " (expected: PT0.01S..PT2S)");
      }
      this.delay = delay;
      return this;
    }

    /**
     * Sets how long all attempts have together, more than zero, at most 30 days. Default: 10
     * seconds.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder<C> timeout(Duration timeout) {
      this.timeout = Times.check("timeout", timeout);
      return this;
    }

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder<C> ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets where timers run; it is not shut down. Default: a thread of the racer's own. */
    public Builder<C> scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /** Builds the racer. */
    public ConnectRacer<C> build() {
      return new ConnectRacer<>(this);
    }
  }
}
