package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.GroupSnapshot.LineRole;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a group remembers of one line, across updates: what it was used for since when, its course
 * through failing, returning and ramping up, how fast it is, and, if anybody needs that, how many
 * leases it has open.
 *
 * <p>A line's circuit breaker vetoes the line with {@link #veto}; {@link Selection#stale()} makes
 * the change take effect.
 */
final class LineState<T> {
  final Since<LineRole> role;
  final LineCourse course;
  final LineSpeed speed = new LineSpeed();

  /** Whether open leases are counted: for a capacity, or a bound on what a hash may pile up. */
  final boolean counted;

  volatile Line<T> line;

  /** Set once, before any pick can see this line. */
  @Nullable CircuitBreaker breaker;

  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean vetoed;

  LineState(Line<T> line, boolean counted, LineCourse course, Since<LineRole> role) {
    this.line = line;
    this.counted = counted;
    this.course = course;
    this.role = role;
  }

  /** Takes the line out of use, or lets it back; true if that changed something. */
  boolean veto(boolean objects) {
    boolean before = vetoed;
    vetoed = objects;
    return before != objects;
  }

  boolean vetoed() {
    return vetoed;
  }

  /** Tells the line's breaker, if there is one, how an attempt went. */
  void report(long permit, Outcome outcome, long latencyNanos, long now) {
    if (breaker != null && permit != Breakers.NO_PERMIT) {
      breaker.report(permit, outcome, latencyNanos, now);
    }
  }

  /** Takes a place for one lease; false if the line is full. {@code force}: even then. */
  boolean enter(boolean force) {
    if (!counted) {
      return true;
    }
    int capacity = line.capacity();
    if (open.incrementAndGet() <= capacity || capacity == 0 || force) {
      return true;
    }
    open.decrementAndGet();
    return false;
  }

  void leave() {
    if (counted) {
      open.decrementAndGet();
    }
  }

  int open() {
    return open.get();
  }
}
