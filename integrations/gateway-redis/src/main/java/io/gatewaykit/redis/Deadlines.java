package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what has not ended in time, on one thread of its own.
 *
 * <p>All deadlines are the same time away when they are set, so a plain queue holds them in order,
 * and to set one costs no more than to append to it. What has ended is dropped within {@link
 * #SWEEP} once nothing before it is under way; a connection answers in order, so that is soon, and
 * a long deadline does not keep the calls of all that time in memory.
 *
 * <p>No wake-up is lost: the thread says that it idles before it looks at the queue once more, and
 * {@link #watch} appends before it looks whether the thread idles (both volatile).
 */
final class Deadlines implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

  /** How long at most what has ended stays at the head, in nanoseconds. */
  private static final long SWEEP = 10_000_000;

  private final ConcurrentLinkedQueue<Timed> queue = new ConcurrentLinkedQueue<>();
  private final long nanos;
  private final Ticker ticker;
  private final Thread thread;
  private volatile boolean idle;
  private volatile boolean closed;

  /** Something that ends in time, or is ended. */
  abstract static class Timed {
    private long at;

    abstract boolean isOver();

    /** Ends it, if it has not ended; called at most once. */
    abstract void expire();
  }

  Deadlines(String name, long nanos, Ticker ticker) {
    this.nanos = nanos;
    this.ticker = ticker;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  void watch(Timed timed) {
    timed.at = ticker.read() + nanos;
    queue.add(timed);
    if (idle) {
      LockSupport.unpark(thread);
    }
    if (closed) {
      expireAll();
    }
  }

  /** Waits until whatever is watched now has ended, or for {@link #close}; blocks. */
  void letPass() {
    long until = ticker.read() + nanos;
    for (long left = nanos; left > 0 && !closed; left = until - ticker.read()) {
      LockSupport.parkNanos(this, Math.min(left, SWEEP));
    }
  }

  /** Returns how many are held, whether under way or over. */
  int held() {
    return queue.size();
  }

  private void run() {
    while (!closed) {
      Timed first = queue.peek();
      if (first == null) {
        idle = true;
        if (queue.isEmpty() && !closed) {
          LockSupport.park(this);
        }
        idle = false;
      } else if (first.isOver()) {
        queue.poll();
      } else {
        long wait = first.at - ticker.read();
        if (wait > 0) {
          LockSupport.parkNanos(this, Math.min(wait, SWEEP));
        } else {
          queue.poll();
          expire(first);
        }
      }
    }
    expireAll();
  }

  private void expireAll() {
    for (Timed timed = queue.poll(); timed != null; timed = queue.poll()) {
      expire(timed);
    }
  }

  private static void expire(Timed timed) {
    try {
      timed.expire();
    } catch (
        RuntimeException e) { // a continuation of a caller; the others must not miss their time
      LOG.warn("What waited for a decision failed", e);
    }
  }

  /** Expires everything at once. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }
}
