// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A lease on one endpoint for one attempt, through which the outcome is reported. The first report
 * counts; later ones have no effect and are counted as misuse. Closing without a report records no
 * outcome, so {@code try (lease)} is always correct. Thread-safe: any thread may report, even after
 * the group was closed or the endpoint removed.
 *
 * @param <T> the payload of the endpoint
 */
public final class Lease<T> extends Choice<T> implements AutoCloseable {
  private static final VarHandle STATE;
  private static final VarHandle CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      STATE = lookup.findVarHandle(Lease.class, "state", Object.class);
      CLOSED = lookup.findVarHandle(Lease.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final EndpointSelector<T> selector;
  private final long start;
  private long deadline;
  private @Nullable LeaseTracker<T> tracker;
  private LeaseTracker.@Nullable Watch watch;
  private volatile @Nullable Connection connection;

  /** The time of {@link #responseStarted}; written before the state becomes {@link #RESPONDING}. */
  private volatile long respondedAt;

  /**
   * Null while the attempt waits for its response, which requires no write and so costs a new lease
   * no fence; {@link #RESPONDING} or {@link #LONG_LIVED} later; its outcome once it has ended. A
   * single field, so that exactly one of several concurrent changes wins.
   */
  private volatile @Nullable Object state;

  @SuppressWarnings("unused") // through CLOSED
  private volatile boolean closed;

  private volatile boolean detached;

  private static final Object RESPONDING = new Object();
  private static final Object LONG_LIVED = new Object();

  /** Creates a lease that {@link EndpointSelector#select} starts. */
  Lease(EndpointSelector<T> selector, long start) {
    this.selector = selector;
    this.start = start;
  }

  /** A long-lived connection that holds a lease, and is notified when it should close. */
  public interface Connection {
    /**
     * Called once when the endpoint is being drained: the connection should close soon, and its
     * client reconnect, which leads to another endpoint. Called on a timer thread; must not block.
     *
     * @param left the time for which it may remain open
     */
    void onDrain(Duration left);

    /** Called when that time has elapsed and the connection is still open. Default: no action. */
    default void onDeadline() {}
  }

  /** Registers the lease with the group, before any other thread can see it. */
  Lease<T> enter(LeaseTracker<T> tracker, long deadline) {
    this.tracker = tracker;
    this.deadline = deadline;
    if (tracker.shouldSample()) {
      watch =
          tracker.watch(
              this, ending(selector, chosenLine(), chosenState(), permit, linePermit(), start));
    }
    return this;
  }

  /** A static method, since a lambda in the caller would reference the lease itself. */
  private static <T> LeaseTracker.Ending ending(
      EndpointSelector<T> selector,
      LineState<T> line,
      EndpointState<T> state,
      long permit,
      long linePermit,
      long start) {
    return () -> {
      long now = selector.now();
      selector.onLeaseEnded(
          line, state, Outcome.CANCELLED, OutcomeReport.NO_STATUS, now, -1, now - start);
      state.report(permit, Outcome.CANCELLED, now - start, now);
      line.report(linePermit, Outcome.CANCELLED, now - start, now);
      selector.onFreed();
      return state.endpoint.id();
    };
  }

  /** Returns the leased endpoint. */
  public Endpoint<T> endpoint() {
    return requireNonNull(chosenEndpoint());
  }

  /** Returns the payload of the endpoint. */
  public T payload() {
    return endpoint().payload();
  }

  /**
   * Returns the time remaining for this attempt, to be used as the timeout of the call: the smaller
   * of the group's {@link RetryPolicy.Builder#perTry} and the time to the deadline of the request;
   * zero once it has elapsed. Only {@link FailoverGroup#executeAsync} enforces it.
   */
  public Duration timeout() {
    return Duration.ofNanos(Math.max(0, deadline - selector.now()));
  }

  /** Returns the id of the endpoint's line. */
  public String line() {
    return chosenLine().line.id();
  }

  /**
   * Returns the token to send to the client, so that its next requests are sent to this endpoint;
   * null if {@link FailoverGroupBuilder#sticky} is not set, or the client's token is still valid
   * for it.
   *
   * @param clientToken the client's token, if any
   */
  public @Nullable String stickyToken(@Nullable String clientToken) {
    return selector.stickyToken(chosenState(), clientToken);
  }

  /**
   * Records that the response has started. The latency is measured up to this point, and
   * latency-based balancers no longer count the lease as busy, so that a long body or a slow reader
   * does not make the endpoint look slow. The lease must still be ended.
   */
  public void responseStarted() {
    if (state == null) {
      long now = selector.now();
      respondedAt = now;
      if (STATE.compareAndSet(this, null, RESPONDING)) {
        chosenState().startUntimed(now);
        selector.onFreed();
      }
    }
  }

  /**
   * Takes a cost from the budget of the line, in addition to {@link SelectContext#cost}, such as
   * the bytes of the response once they are known. Later requests may have to use another line.
   *
   * @param units the cost, not negative
   * @throws IllegalArgumentException if it is negative
   */
  public void charge(long units) {
    chosenLine().charge(Arguments.notNegative("units", units), selector.now());
  }

  /**
   * Records the load that the endpoint reports about itself, for example in a header field of the
   * response. Has no effect unless {@link EndpointPolicy.Builder#balanceLoad} is set.
   */
  public void reportLoad(LoadReport load) {
    chosenState().onLoad(requireNonNull(load, "load"), selector.now());
  }

  /**
   * Lets the lease outlive its call in {@link FailoverGroup#execute} and {@link
   * FailoverGroup#executeAsync}: if the call returns normally, the caller ends the lease, for
   * example once the body of the response has been read. A call that fails, times out or is
   * cancelled still ends it, and a later report of the caller then has no effect and is no misuse.
   */
  public void detach() {
    detached = true;
  }

  /**
   * Records that the attempt waits by design, as a long poll does: its duration does not reflect
   * the endpoint's speed. The lease must still be ended.
   */
  public void longLived() {
    for (Object seen = state; seen == null || seen == RESPONDING; seen = state) {
      if (STATE.compareAndSet(this, seen, LONG_LIVED)) {
        if (seen == null) {
          chosenState().startUntimed(selector.now());
          selector.onFreed();
        }
        return;
      }
    }
  }

  /**
   * Records that the attempt has become a long-lived connection, such as a WebSocket. It is
   * registered until the lease ends, its duration does not reflect the endpoint's speed, and {@link
   * FailoverGroup#drain} notifies it when it should close.
   */
  public void asConnection(Connection connection) {
    longLived();
    this.connection = requireNonNull(connection, "connection");
    if (tracker != null && isOpen()) {
      tracker.drainer().opened(chosenState(), new Drainable(this));
      if (!isOpen()) {
        // ended concurrently, perhaps before it was added
        tracker.drainer().closed(chosenState(), new Drainable(this));
      }
    }
  }

  /** The connection of a lease, as drains see it; equal for the same lease. */
  private record Drainable(Lease<?> lease) implements DrainableConnection {
    @Override
    public void onDrain(Duration left) {
      Connection connection = lease.connection;
      if (connection != null) {
        connection.onDrain(left);
      }
    }

    @Override
    public void onDeadline() {
      Connection connection = lease.connection;
      if (connection != null) {
        connection.onDeadline();
      }
    }

    @Override
    public boolean isOpen() {
      return lease.isOpen();
    }
  }

  /** Ends the lease as successful, with the HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void succeed(int status) {
    end(Outcome.SUCCESS, status);
  }

  /** Ends the lease with an outcome, and the HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void end(Outcome outcome, int status) {
    if (!tryEnd(outcome, status)) {
      recordDoubleEnd();
    }
  }

  private void recordDoubleEnd() {
    LeaseTracker<T> registered = tracker;
    if (registered != null && !detached) {
      registered.onDoubleEnd();
    }
  }

  /**
   * Ends the lease of an attempt that the endpoint rejected because it is busy, as by {@code 429}
   * or {@code 503} with {@code Retry-After}. The endpoint receives no new requests for that time,
   * at most {@link RetryPolicy.Builder#maxPushback}, as long as others are available. This does not
   * count as a failure.
   *
   * @param retryAfter the requested time; zero or less if none
   * @param status the HTTP status or {@link OutcomeReport#NO_STATUS}
   */
  public void pushBack(Duration retryAfter, int status) {
    if (tryEnd(Outcome.REJECTED_REMOTE, status)) {
      if (tracker != null) {
        chosenState().rest(tracker.restUntil(retryAfter));
      }
    } else {
      recordDoubleEnd();
    }
  }

  /** Ends the lease as cancelled, unless an outcome was reported. */
  @Override
  public void close() {
    boolean ended = tryEnd(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
    boolean again = (boolean) CLOSED.getAndSet(this, true);
    if (!ended && again) {
      recordDoubleEnd();
    }
  }

  /** Reports the outcome known to the execution, unless the call has already reported one. */
  void settle(Outcome outcome) {
    boolean unused = tryEnd(outcome, OutcomeReport.NO_STATUS);
  }

  /** Reports that the call has returned normally, which ends the lease unless it is detached. */
  void onReturned() {
    if (!detached) {
      settle(Outcome.SUCCESS);
    }
  }

  LineState<T> lineState() {
    return chosenLine();
  }

  void release() {
    settle(Outcome.CANCELLED);
  }

  private boolean tryEnd(Outcome outcome, int status) {
    Object before = state;
    while (!(before instanceof Outcome) && !STATE.compareAndSet(this, before, outcome)) {
      before = state;
    }
    if (before instanceof Outcome) {
      return false;
    }
    long now = selector.now();
    LineState<T> line = chosenLine();
    EndpointState<T> state = chosenState();
    boolean longLived = before == LONG_LIVED;
    long latency = (before == RESPONDING ? respondedAt : now) - start;
    selector.onLeaseEnded(line, state, outcome, status, now, longLived ? -1 : latency, now - start);
    state.report(permit, outcome, longLived ? 0 : latency, now);
    line.report(linePermit(), outcome, longLived ? 0 : latency, now);
    if (before != null) {
      state.endUntimed();
    }
    LeaseTracker<T> registered = tracker;
    if (registered != null) {
      registered.ended(watch);
      if (connection != null) {
        registered.drainer().closed(state, new Drainable(this));
      }
    }
    selector.onFreed();
    return true;
  }

  /** Returns whether the lease has not ended yet. */
  boolean isOpen() {
    return !(state instanceof Outcome);
  }

  /** Returns the outcome of the attempt; {@link Outcome#CANCELLED} until it has ended. */
  Outcome outcome() {
    return state instanceof Outcome outcome ? outcome : Outcome.CANCELLED;
  }
}
