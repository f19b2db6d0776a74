// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.internal.schedule.Timers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for an endpoint, in order of arrival.
 *
 * <p>One queue per group, since the first endpoint that becomes available serves the next request;
 * with a queue per endpoint, requests would wait at one while another is idle. A request is served
 * when a lease ends or its response starts ({@link #signal}), which is called after the counters of
 * the endpoint were updated. A request enters the queue before it selects again. Both are volatile
 * accesses, so either the request finds the free endpoint, or the signal finds the request. Changes
 * that depend on time only, such as the end of an ejection, are found by a timer that runs while
 * requests wait.
 *
 * <p>One thread at a time serves the queue; a signal during that makes it continue. A served
 * request may therefore end its lease on the same thread, without recursion. Thread-safe.
 *
 * @see <a href="https://docs.haproxy.org/3.0/configuration.html#4-timeout%20queue">HAProxy, timeout
 *     queue</a>
 */
final class EndpointQueue implements AutoCloseable {
  /** The interval at which changes that depend on time, and expired requests, are found. */
  static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Ticker ticker;
  private final Timers timers;
  private final long timeoutNanos;
  private final int maxWaiting;
  private final ConcurrentNavigableMap<Long, QueuedRequest<?>> waiting =
      new ConcurrentSkipListMap<>();
  private final AtomicLong arrivals = new AtomicLong();
  private final AtomicInteger size = new AtomicInteger();

  /** The number of waiting requests restricted by a class, a cost or tried endpoints. */
  private final AtomicInteger restricted = new AtomicInteger();

  private final AtomicInteger signals = new AtomicInteger();
  private final AtomicBoolean timerSet = new AtomicBoolean();
  private final LongAdder timedOut = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private volatile boolean closed;

  /**
   * The bounds of a queue.
   *
   * @param timeout the maximum wait
   * @param maxWaiting the maximum number of requests that wait at the same time
   */
  record Bounds(Duration timeout, int maxWaiting) {}

  EndpointQueue(Bounds bounds, Ticker ticker, Timers timers) {
    this.ticker = ticker;
    this.timers = timers;
    timeoutNanos = bounds.timeout().toNanos();
    maxWaiting = bounds.maxWaiting();
  }

  /** Returns whether no request waits, so that a new one may select an endpoint immediately. */
  boolean isEmpty() {
    return size.get() == 0;
  }

  int waiting() {
    return size.get();
  }

  /** Returns the number of requests that have waited for the maximum time. */
  long timedOut() {
    return timedOut.sum();
  }

  /** Returns the number of requests that found the queue full. */
  long rejected() {
    return rejected.sum();
  }

  /**
   * Adds a request, which may be served before this method returns; false if the queue is full or
   * closed.
   */
  boolean enter(QueuedRequest<?> request) {
    if (closed) {
      return false;
    }
    if (size.incrementAndGet() > maxWaiting) {
      int unused = size.decrementAndGet();
      rejected.increment();
      return false;
    }
    request.enter(arrivals.incrementAndGet(), ticker.read() + timeoutNanos);
    if (!request.isUnrestricted()) {
      int unused = restricted.incrementAndGet();
    }
    waiting.put(request.arrival(), request);
    if (closed) {
      removeAll();
    }
    setTimer();
    signal();
    return true;
  }

  /**
   * Removes a request whose caller has given up. Afterwards no thread uses it; if it was served
   * concurrently, its lease is released.
   */
  void leave(QueuedRequest<?> request) {
    remove(request);
    if (request.abandon()) {
      signal();
    }
  }

  /** Serves waiting requests. Called after an endpoint may have become available. */
  void signal() {
    if (size.get() == 0 || signals.getAndIncrement() != 0) {
      return; // the thread that serves the queue will notice
    }
    int seen = 1;
    try {
      do {
        serve();
        seen = signals.addAndGet(-seen);
      } while (seen != 0);
    } catch (Throwable e) { // an Error: the next signal must serve the queue
      signals.set(0);
      throw e;
    }
  }

  private void serve() {
    boolean available = true;
    Map.@Nullable Entry<Long, QueuedRequest<?>> next = waiting.firstEntry();
    while (next != null) {
      QueuedRequest<?> request = next.getValue();
      boolean skipped = !available && request.isUnrestricted();
      QueuedRequest.Result result =
          skipped ? QueuedRequest.Result.WAITING : request.trySelect(ticker.read());
      switch (result) {
        case SERVED, NO_ATTEMPT_LEFT -> {
          remove(request);
          request.resume();
        }
        case EXPIRED -> {
          remove(request);
          timedOut.increment();
          request.resume();
        }
        case ABANDONED -> remove(request);
        case WAITING -> {}
      }
      available &= result != QueuedRequest.Result.WAITING || !request.isUnrestricted();
      if (!available && restricted.get() == 0) {
        return; // the requests behind it would not be served either
      }
      next = waiting.higherEntry(next.getKey());
    }
  }

  private void remove(QueuedRequest<?> request) {
    if (waiting.remove(request.arrival(), request)) {
      int unused = size.decrementAndGet();
      unused = request.isUnrestricted() ? 0 : restricted.decrementAndGet();
    }
  }

  private void setTimer() {
    if (!timerSet.compareAndSet(false, true)) {
      return;
    }
    try {
      Future<?> unused = timers.after(Math.min(POLL_NANOS, timeoutNanos), this::onTimer);
    } catch (RejectedExecutionException e) {
      timerSet.set(false);
      close(); // without timers, no timeout would end the wait
    }
  }

  private void onTimer() {
    timerSet.set(false);
    long now = ticker.read();
    for (QueuedRequest<?> request : waiting.values()) {
      if (request.expire(now)) {
        remove(request);
        timedOut.increment();
        request.resume();
      }
    }
    signal();
    if (!waiting.isEmpty()) {
      setTimer();
    }
  }

  /** Ends the wait of all requests, which find no endpoint. */
  @Override
  public void close() {
    closed = true;
    removeAll();
  }

  private void removeAll() {
    for (QueuedRequest<?> request : waiting.values()) {
      remove(request);
      if (request.end()) {
        request.resume();
      }
    }
  }

  /** Returns the counts of a queue; zeros if there is none. */
  static GroupSnapshot.Waiting snapshot(@Nullable EndpointQueue queue) {
    return queue == null
        ? new GroupSnapshot.Waiting(0, 0, 0)
        : new GroupSnapshot.Waiting(queue.waiting(), queue.timedOut(), queue.rejected());
  }
}
