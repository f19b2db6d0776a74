// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Leases one endpoint after another without an allocation per lease, for callers that hold one
 * instance per connection or worker. Each lease has a number, which is passed back to end it. A
 * repeated or late end, after the next lease has started, has no effect and is counted as misuse. A
 * lease that is still open when the next one starts is ended as cancelled and counted as leaked, as
 * is one whose {@code ReusableLease} is garbage-collected.
 *
 * <pre>{@code
 * long number = lease.begin(context.reset());
 * if (number != ReusableLease.NONE) {
 *   int status = call(lease.payload());
 *   lease.end(number, Outcome.SUCCESS, status);
 * }
 * }</pre>
 *
 * <p>Only one thread at a time may start leases and read their endpoints; any thread may end them,
 * even after the group was closed. As with {@link FailoverGroup#select}, attempts are not counted
 * and the retry budget is not used.
 *
 * @param <T> the payload of the endpoints
 */
public final class ReusableLease<T> implements AutoCloseable {
  /** Returned by {@link #begin} if no endpoint is available. */
  public static final long NONE = 0;

  private final Slot<T> slot;
  private final LeaseTracker<T> tracker;

  ReusableLease(EndpointSelector<T> selector, LeaseTracker<T> tracker) {
    this.tracker = tracker;
    Slot<T> slot = new Slot<>(selector);
    this.slot = slot;
    LeaseTracker.Watch unused = tracker.watch(this, slot::lost);
  }

  /**
   * The lease itself, a separate object so that it can be ended after the enclosing object was
   * garbage-collected.
   *
   * <p>A late end is harmless: the fields are written before the word marks a lease with a new
   * number as open, and not again before it marks it as closed. An end reads the word, then the
   * fields, and then performs a compare-and-set on the word. Numbers are never reused, so if the
   * compare-and-set succeeds the word did not change in between, and the fields belong to that
   * number.
   */
  private static final class Slot<T> extends Choice<T> {
    private static final VarHandle WORD;

    static {
      try {
        WORD = MethodHandles.lookup().findVarHandle(Slot.class, "word", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private static final long OPEN = 1;

    final EndpointSelector<T> selector;

    /** The number of the lease, with its lowest bit set while the lease is open. */
    private volatile long word;

    private long start;

    Slot(EndpointSelector<T> selector) {
      this.selector = selector;
    }

    /** Marks the lease that {@link EndpointSelector#select} has started here as open. */
    long open(long now) {
      start = now;
      long number = (word >>> 1) + 1;
      WORD.setRelease(this, number << 1 | OPEN);
      return number;
    }

    boolean end(long number, Outcome outcome, int status, long now) {
      long open = number << 1 | OPEN;
      if (word != open) {
        return false;
      }
      LineState<T> line = chosenLine();
      EndpointState<T> state = chosenState();
      long permit = this.permit;
      long linePermit = linePermit();
      long latency = now - start;
      if (!WORD.compareAndSet(this, open, open & ~OPEN)) {
        return false;
      }
      selector.onLeaseEnded(line, state, outcome, status, now, latency, latency);
      state.report(permit, outcome, latency, now);
      line.report(linePermit, outcome, latency, now);
      selector.onFreed();
      return true;
    }

    /**
     * Ends an open lease as cancelled; returns the id of its endpoint, or null if none was open.
     */
    @Nullable String lost() {
      long seen = word;
      Endpoint<T> leased = chosenEndpoint();
      boolean wasOpen =
          (seen & OPEN) != 0
              && end(seen >>> 1, Outcome.CANCELLED, OutcomeReport.NO_STATUS, selector.now());
      return wasOpen && leased != null ? leased.id() : null;
    }
  }

  /**
   * Leases an endpoint that the context has not tried.
   *
   * @return the number of the lease, or {@link #NONE} if no endpoint is available
   */
  public long begin(SelectContext context) {
    return begin(context, slot.selector.now());
  }

  /** Equivalent to {@link #begin(SelectContext)}, given a recent reading of the group's ticker. */
  public long begin(SelectContext context, long now) {
    if ((slot.word & Slot.OPEN) != 0) {
      String endpoint = slot.lost();
      if (endpoint != null) {
        tracker.onLeak(endpoint);
      }
    }
    return slot.selector.select(context, slot, now) ? slot.open(now) : NONE;
  }

  /**
   * Returns the endpoint of the most recent lease.
   *
   * @throws IllegalStateException if there was no lease
   */
  public Endpoint<T> endpoint() {
    Endpoint<T> endpoint = slot.chosenEndpoint();
    if (endpoint == null) {
      throw new IllegalStateException("lease: none (expected: at least one started)");
    }
    return endpoint;
  }

  /** Returns the payload of {@link #endpoint()}. */
  public T payload() {
    return endpoint().payload();
  }

  /**
   * Ends a lease with an outcome.
   *
   * @param number the value returned by {@link #begin}
   * @param status the HTTP status or {@link OutcomeReport#NO_STATUS}
   */
  public void end(long number, Outcome outcome, int status) {
    end(number, outcome, status, slot.selector.now());
  }

  /** Equivalent to {@link #end(long, Outcome, int)}, given a recent ticker reading. */
  public void end(long number, Outcome outcome, int status, long now) {
    if (!slot.end(number, outcome, status, now)) {
      tracker.onDoubleEnd();
    }
  }

  /** Ends an open lease as cancelled. */
  @Override
  public void close() {
    String unused = slot.lost();
  }
}
