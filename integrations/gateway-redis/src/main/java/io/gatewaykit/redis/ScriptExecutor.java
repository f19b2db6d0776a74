// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.redis.Connector.Link;
import io.lettuce.core.RedisCommandTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes scripts: sends them, enforces their deadlines, and maintains the breakers and the
 * connection. A script is sent again only after a NOSCRIPT reply, which proves that Redis did not
 * run it.
 */
final class ScriptExecutor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ScriptExecutor.class);
  private static final long WARNING_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int MAX_SENDINGS = 4;

  private final Connector connector;
  private final NodeBreakers breakers;
  private final TimeoutQueue deadlines;
  private final RedisStoreListener listener;
  private final Ticker ticker;
  private final int maxInFlight;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicBoolean connecting = new AtomicBoolean();
  private final AtomicLong warnedAt;
  private volatile @Nullable Link link;
  private volatile boolean closed;

  final LongAdder calls = new LongAdder();
  final LongAdder timeouts = new LongAdder();
  final LongAdder disconnections = new LongAdder();
  final LongAdder errors = new LongAdder();
  final LongAdder notSent = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder outages = new LongAdder();

  ScriptExecutor(
      Connector connector,
      @Nullable Link link,
      NodeBreakers breakers,
      TimeoutQueue deadlines,
      RedisStoreListener listener,
      Ticker ticker,
      int maxInFlight) {
    this.connector = connector;
    this.link = link;
    this.breakers = breakers;
    this.deadlines = deadlines;
    this.listener = listener;
    this.ticker = ticker;
    this.maxInFlight = maxInFlight;
    this.warnedAt = new AtomicLong(ticker.read() - WARNING_INTERVAL_NANOS);
    if (link == null) {
      reconnect();
    }
  }

  /** Returns whether a call for this key would be rejected without being sent. */
  boolean rejects(String key) {
    return closed || breakers.of(nodes(), key).rejects();
  }

  private ClusterNodes nodes() {
    Link now = link;
    return now == null ? ClusterNodes.SINGLE : now.nodes();
  }

  boolean isAvailable() {
    return !closed && !breakers.anyOpen() && link != null;
  }

  int inFlight() {
    return inFlight.get();
  }

  /** Enforces the deadline of an operation that is not a script call. */
  void watch(TimeoutQueue.Timed timed) {
    deadlines.watch(timed);
  }

  /** Executes a call, which always completes by its deadline, possibly before this returns. */
  void run(ScriptCall call) {
    if (inFlight.get() >= maxInFlight) {
      notSent.increment();
      call.onFailure(StoreFailure.OVERLOADED);
      return;
    }
    Breaker breaker = breakers.of(nodes(), call.key);
    if (closed || !breaker.permits()) {
      notSent.increment();
      call.onFailure(closed ? StoreFailure.CLOSED : StoreFailure.OPEN);
      return;
    }
    inFlight.incrementAndGet();
    calls.increment();
    call.attach(this, breaker);
    Link by = link;
    if (by == null || !by.scripts().isOpen()) {
      finish(call, null, StoreFailure.DISCONNECTED);
      return;
    }
    deadlines.watch(call);
    send(by, call, 1, false);
  }

  private void send(Link by, ScriptCall call, int sending, boolean withText) {
    try {
      CompletionStage<List<Object>> sent =
          withText
              ? by.scripts().eval(call.script.text, call.key, call.args)
              : by.scripts().evalsha(call.script.sha, call.key, call.args);
      call.sent(sent.toCompletableFuture());
      var unused =
          sent.whenComplete((reply, failure) -> {
            if (failure == null) {
              finish(call, reply, null);
            } else if (cause(failure) instanceof ScriptErrorException error
                && error.isUnknownScript()) {
              sendAgain(by, call, sending + 1);
            } else {
              finish(call, null, failureOf(failure));
            }
          });
    } catch (RuntimeException e) {
      finish(call, null, failureOf(e));
    }
  }

  /**
   * Resends a call after a NOSCRIPT reply. One call carries the script text; the others wait for
   * its completion. In a cluster another node may lack the script as well, so this can repeat.
   */
  private void sendAgain(Link by, ScriptCall call, int sending) {
    if (call.isComplete()) {
      return;
    }
    var gate = new CompletableFuture<Void>();
    CompletableFuture<Void> other = call.script.loading.compareAndExchange(null, gate);
    if (other == null || sending == MAX_SENDINGS) {
      loads.increment();
      if (other == null) {
        call.setLoadFuture(gate);
      }
      send(by, call, sending, true);
      return;
    }
    var unused =
        other.whenComplete((nothing, never) -> {
          if (!call.isComplete()) {
            send(by, call, sending, false);
          }
        });
  }

  /** Completes a call unless it has already completed. */
  void finish(ScriptCall call, @Nullable List<Object> reply, @Nullable StoreFailure failure) {
    if (!call.end()) {
      return;
    }
    inFlight.decrementAndGet();
    Breaker breaker = call.breaker();
    if (failure == null || !failure.isOfTheStore()) {
      note(breaker, breaker.succeeded(), failure);
      if (breakers.anyOpen()) {
        breakers.sweep(nodes()).forEach(closed -> notifyClosed(closed));
      }
    } else {
      note(breaker, breaker.failed(), failure);
    }
    if (reply != null) {
      call.onReply(reply);
    } else {
      count(failure == null ? StoreFailure.TIMEOUT : failure);
      call.onFailure(failure == null ? StoreFailure.TIMEOUT : failure);
    }
  }

  private void count(StoreFailure failure) {
    log.debug("redis store: call without a decision ({})", failure);
    switch (failure.cause()) {
      case TIMEOUT -> timeouts.increment();
      case DISCONNECTED -> disconnections.increment();
      default -> {
        errors.increment();
        long last = warnedAt.get();
        long now = ticker.read();
        if (now - last >= WARNING_INTERVAL_NANOS && warnedAt.compareAndSet(last, now)) {
          log.warn("redis store: call rejected ({}), logged at most once a minute", failure);
        }
      }
    }
  }

  private void note(Breaker breaker, Breaker.Change change, @Nullable StoreFailure failure) {
    switch (breakers.counted(change)) {
      case NONE -> {}
      case OPENED -> {
        outages.increment();
        log.warn(
            "redis store: {} is unavailable ({}), limits apply their failure policies",
            described(breaker),
            failure);
        notifyOutage(
            false, new RedisOutage(breaker.node(), String.valueOf(failure), Duration.ZERO));
        if (failure != null && failure.cause() == StoreFailure.Cause.DISCONNECTED) {
          reconnect();
        }
      }
      case STAYED_OPEN -> {
        if (failure != null && failure.cause() != StoreFailure.Cause.UNABLE) {
          reconnect(); // the connection itself may be dead
        }
      }
      case CLOSED -> notifyClosed(breaker);
    }
  }

  private void notifyClosed(Breaker breaker) {
    var length = Duration.ofNanos(breaker.sinceOpened());
    log.info(
        "redis store: {} is available again after {} ms", described(breaker), length.toMillis());
    notifyOutage(true, new RedisOutage(breaker.node(), "", length));
  }

  private static String described(Breaker breaker) {
    return breaker.node().isEmpty() ? "Redis" : "Redis at " + breaker.node();
  }

  private void notifyOutage(boolean available, RedisOutage outage) {
    try {
      if (available) {
        listener.onAvailable(outage);
      } else {
        listener.onUnavailable(outage);
      }
    } catch (RuntimeException e) {
      log.warn("redis store: listener threw an exception", e);
    }
  }

  /**
   * Replaces the connection on a new thread; at most one at a time. Calls in flight on the old
   * connection may still complete by their deadlines: in a cluster, possibly only one node is dead.
   */
  private void reconnect() {
    if (closed || !connecting.compareAndSet(false, true)) {
      return;
    }
    var thread =
        new Thread(
            () -> {
              Link old = replaceLink();
              if (old != null) {
                if (!old.nodes().equals(ClusterNodes.SINGLE)) {
                  deadlines.awaitPending();
                }
                old.closing().run();
              }
            },
            "gateway-redis-connect");
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns the replaced connection; null if it was not replaced. */
  private @Nullable Link replaceLink() {
    try {
      Link fresh = connector.connect();
      Link old = link;
      link = fresh;
      if (closed) {
        closeLink();
      }
      return old;
    } catch (RuntimeException e) {
      log.debug("redis store: failed to connect", e);
      return null;
    } finally {
      connecting.set(false);
    }
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static StoreFailure failureOf(Throwable failure) {
    Throwable cause = cause(failure);
    String message = cause.getMessage();
    if (cause instanceof TimeoutException || cause instanceof RedisCommandTimeoutException) {
      return StoreFailure.TIMEOUT;
    }
    if (!(cause instanceof ScriptErrorException error)) {
      return new StoreFailure(StoreFailure.Cause.DISCONNECTED, message);
    }
    return new StoreFailure(
        error.concernsKey() ? StoreFailure.Cause.REJECTED : StoreFailure.Cause.UNABLE, message);
  }

  private void closeLink() {
    Link last = link;
    link = null;
    if (last != null) {
      last.closing().run();
    }
  }

  @Override
  public void close() {
    closed = true;
    deadlines.close();
    closeLink();
  }
}
