package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks several resolvers, each a head start after the one before, or as soon as that one has
 * failed; the first answer counts. So the preferred one is used as long as it is quick, and its
 * outage costs the head start and not its timeout.
 *
 * <p>Thread-safe. Has a thread for its timers unless a scheduler is given, and must be closed;
 * questions under way then end with what has been asked already.
 */
public final class RacingResolver implements AddressResolver, AutoCloseable {
  /** RFC 8305, section 3: what the second family of addresses waits for the first. */
  private static final Duration HEAD_START = Duration.ofMillis(50);

  private final List<AddressResolver> resolvers;
  private final long headStartNanos;
  private final long timeoutNanos;
  private final Timers timers;

  private RacingResolver(Builder builder) {
    resolvers = builder.resolvers;
    headStartNanos = builder.headStart.toNanos();
    timeoutNanos = builder.timeout.toNanos();
    timers = new Timers("resolver-race", builder.scheduler);
  }

  /**
   * Returns a builder.
   *
   * @param resolvers at least one, the preferred ones first
   * @throws IllegalArgumentException if there is none
   */
  public static Builder of(AddressResolver... resolvers) {
    return new Builder(List.of(resolvers));
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    var race = new Race(host, network);
    race.begin();
    return race.result;
  }

  @Override
  public void close() {
    timers.close();
  }

  /** One question. Its own monitor guards it; resolvers are asked outside of it. */
  private final class Race {
    final String host;
    final String network;
    final CompletableFuture<Resolution> result = new CompletableFuture<>();
    private int asked;
    private int failed;
    private @Nullable Future<?> next;
    private @Nullable Future<?> end;
    private @Nullable Throwable last;

    Race(String host, String network) {
      this.host = host;
      this.network = network;
    }

    void begin() {
      synchronized (this) {
        end = after(timeoutNanos, () -> result.completeExceptionally(late()));
      }
      CompletableFuture<?> unused = result.whenComplete((resolution, failure) -> stop());
      askNext();
    }

    private TimeoutException late() {
      return new TimeoutException("no resolver knew " + host + " in time");
    }

    private void askNext() {
      AddressResolver resolver;
      synchronized (this) {
        if (result.isDone() || asked == resolvers.size()) {
          return;
        }
        cancel(next);
        resolver = resolvers.get(asked++);
        next = asked < resolvers.size() ? after(headStartNanos, this::askNext) : null;
      }
      CompletableFuture<?> unused =
          Asking.ask(resolver, host, network).whenComplete(this::answered);
    }

    private void answered(@Nullable Resolution resolution, @Nullable Throwable failure) {
      if (resolution != null) {
        result.complete(resolution);
        return;
      }
      Throwable cause = failure == null ? new NullPointerException("resolution") : failure;
      if (fails(Asking.unwrap(cause))) {
        result.completeExceptionally(requireNonNull(last));
      } else {
        askNext();
      }
    }

    /** Notes a failure; true if it was the last resolver's. */
    private synchronized boolean fails(Throwable cause) {
      if (last != null && !last.equals(cause)) {
        cause.addSuppressed(last);
      }
      last = cause;
      return ++failed == resolvers.size();
    }

    private @Nullable Future<?> after(long nanos, Runnable task) {
      try {
        return timers.after(nanos, task);
      } catch (RejectedExecutionException e) {
        return null; // closed: what was asked may still answer
      }
    }

    private synchronized void stop() {
      cancel(next);
      cancel(end);
    }

    private void cancel(@Nullable Future<?> timer) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }

  /** Collects the settings of a {@link RacingResolver}. Not thread-safe. */
  public static final class Builder {
    private final List<AddressResolver> resolvers;
    private Duration headStart = HEAD_START;
    private Duration timeout = Duration.ofSeconds(3);
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(List<AddressResolver> resolvers) {
      if (resolvers.isEmpty()) {
        throw new IllegalArgumentException("resolvers: none (expected: at least 1)");
      }
      this.resolvers = resolvers;
    }

    /** Sets how long each has before the next is asked, at most 30 days. Default: 50 ms. */
    public Builder headStart(Duration time) {
      headStart = Times.check("headStart", time);
      return this;
    }

    /** Sets how long they have all together, at most 30 days. Default: 3 seconds. */
    public Builder timeout(Duration time) {
      timeout = Times.check("timeout", time);
      return this;
    }

    /** Sets where timers run; it is not shut down. Default: a thread of the resolver's own. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /** Builds the resolver. */
    public RacingResolver build() {
      return new RacingResolver(this);
    }
  }
}
