// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.AsyncCalls;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
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
 * Races several resolvers: each starts after the head start of the previous one, or as soon as that
 * one has failed. The first result wins. The preferred resolver is therefore used as long as it is
 * fast, and its outage costs the head start rather than a timeout.
 *
 * <p>Thread-safe. Starts a thread for its timers unless a scheduler is given, and must be closed.
 * After closing, lookups in flight complete with the resolvers already called.
 */
public final class RacingResolver implements AddressResolver, AutoCloseable {
  private static final Duration MAX_TIME = Duration.ofDays(30);

  /** RFC 8305, section 3: the delay of the second address family. */
  private static final Duration HEAD_START = Duration.ofMillis(50);

  private final List<AddressResolver> resolvers;
  private final long headStartNanos;
  private final long timeoutNanos;
  private final Timers timers;

  private record Settings(
      List<AddressResolver> resolvers,
      long headStartNanos,
      long timeoutNanos,
      @Nullable ScheduledExecutorService scheduler) {}

  private RacingResolver(Settings settings) {
    resolvers = settings.resolvers();
    headStartNanos = settings.headStartNanos();
    timeoutNanos = settings.timeoutNanos();
    timers = new Timers("resolver-race", settings.scheduler());
  }

  /**
   * Returns a new builder.
   *
   * @param resolvers at least one, in order of preference
   * @throws IllegalArgumentException if the list is empty
   */
  public static Builder builder(AddressResolver... resolvers) {
    return new Builder(List.of(resolvers));
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    var race = new Race(host, network);
    race.start();
    return race.result;
  }

  @Override
  public void close() {
    timers.close();
  }

  /** One lookup. Its monitor guards the state; resolvers are called outside it. */
  private final class Race {
    final String host;
    final String network;
    final CompletableFuture<Resolution> result = new CompletableFuture<>();
    private int started;
    private int failed;
    private @Nullable Future<?> next;
    private @Nullable Future<?> end;
    private @Nullable Throwable last;

    Race(String host, String network) {
      this.host = host;
      this.network = network;
    }

    void start() {
      synchronized (this) {
        end = after(timeoutNanos, () -> result.completeExceptionally(timeout()));
      }
      CompletableFuture<?> unused = result.whenComplete((resolution, failure) -> stop());
      startNext();
    }

    private TimeoutException timeout() {
      return new TimeoutException("timed out resolving " + host);
    }

    private void startNext() {
      AddressResolver resolver;
      synchronized (this) {
        if (result.isDone() || started == resolvers.size()) {
          return;
        }
        cancel(next);
        resolver = resolvers.get(started++);
        next = started < resolvers.size() ? after(headStartNanos, this::startNext) : null;
      }
      CompletableFuture<?> unused =
          AsyncCalls.start(() -> resolver.resolve(host, network)).whenComplete(this::onResult);
    }

    private void onResult(@Nullable Resolution resolution, @Nullable Throwable failure) {
      if (resolution != null) {
        result.complete(resolution);
        return;
      }
      Throwable cause = failure == null ? new NullPointerException("resolution") : failure;
      if (recordFailure(AsyncCalls.cause(cause))) {
        result.completeExceptionally(requireNonNull(last));
      } else {
        startNext();
      }
    }

    /** Records a failure; true if all resolvers have failed. */
    private synchronized boolean recordFailure(Throwable cause) {
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
        return null; // closed: resolvers already called may still complete
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

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private final List<AddressResolver> resolvers;
    private @Nullable Duration headStart;
    private @Nullable Duration timeout;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder(List<AddressResolver> resolvers) {
      if (resolvers.isEmpty()) {
        throw Arguments.outside("resolvers", "none", "at least 1");
      }
      this.resolvers = resolvers;
    }

    /** Sets the head start of each resolver over the next, at most 30 days. Default: 50 ms. */
    public Builder headStart(Duration time) {
      Duration checked = Arguments.positive("headStart", time, MAX_TIME);
      headStart = Arguments.once("headStart", headStart, checked);
      return this;
    }

    /** Sets the timeout of the lookup as a whole, at most 30 days. Default: 3 seconds. */
    public Builder timeout(Duration time) {
      Duration checked = Arguments.positive("timeout", time, MAX_TIME);
      timeout = Arguments.once("timeout", timeout, checked);
      return this;
    }

    /**
     * Sets the scheduler for timers, which is never shut down. Default: a thread of the resolver.
     */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = Arguments.once("scheduler", this.scheduler, scheduler);
      return this;
    }

    /** Builds the resolver. */
    public RacingResolver build() {
      return new RacingResolver(
          new Settings(
              resolvers,
              (headStart == null ? HEAD_START : headStart).toNanos(),
              (timeout == null ? Duration.ofSeconds(3) : timeout).toNanos(),
              scheduler));
    }
  }
}
