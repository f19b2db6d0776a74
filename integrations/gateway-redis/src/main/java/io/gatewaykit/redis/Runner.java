package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.redis.Connector.Link;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts: sends them, watches their deadlines, minds the breaker and the connection. A script
 * is sent a second time only if Redis said that it does not know it, and so did not run it.
 */
final class Runner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
  private static final long BETWEEN_WARNINGS = Duration.ofMinutes(1).toNanos();
  private static final int MOST_SENDINGS = 4;

  private final Connector connector;
  private final Breaker breaker;
  private final Deadlines deadlines;
  private final RedisStoreListener listener;
  private final Ticker ticker;
  private final int maxInFlight;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicBoolean connecting = new AtomicBoolean();
  private final AtomicLong unavailableSince = new AtomicLong();
  private final AtomicLong warnedAt;
  private volatile @Nullable Link link;
  private volatile boolean closed;

  final LongAdder calls = new LongAdder();
  final LongAdder timeouts = new LongAdder();
  final LongAdder disconnections = new LongAdder();
  final LongAdder errors = new LongAdder();
  final LongAdder notAsked = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder outages = new LongAdder();

  Runner(
      Connector connector,
      @Nullable Link link,
      Breaker breaker,
      Deadlines deadlines,
      RedisStoreListener listener,
      Ticker ticker,
      int maxInFlight) {
    this.connector = connector;
    this.link = link;
    this.breaker = breaker;
    this.deadlines = deadlines;
    this.listener = listener;
    this.ticker = ticker;
    this.maxInFlight = maxInFlight;
    this.warnedAt = new AtomicLong(ticker.read() - BETWEEN_WARNINGS);
    if (link == null) {
      reconnect();
    }
  }

  /** Whether a call would not even be sent now. */
  boolean refuses() {
    return closed || breaker.refuses();
  }

  boolean isAvailable() {
    return !closed && !breaker.isOpen() && link != null;
  }

  int inFlight() {
    return inFlight.get();
  }

  /** Watches the deadline of something else than a call. */
  void watch(Deadlines.Timed timed) {
    deadlines.watch(timed);
  }

  /** Runs a call; it ends in time whatever happens, perhaps before this returns. */
  void run(Call call) {
    if (inFlight.get() >= maxInFlight) {
      notAsked.increment();
      call.onFailure(StoreFailure.OVERLOADED);
      return;
    }
    if (closed || !breaker.permits()) {
      notAsked.increment();
      call.onFailure(closed ? StoreFailure.CLOSED : StoreFailure.OPEN);
      return;
    }
    inFlight.incrementAndGet();
    calls.increment();
    call.runBy(this);
    Link by = link;
    if (by == null || !by.isOpen().getAsBoolean()) {
      finish(call, null, StoreFailure.DISCONNECTED);
      return;
    }
    deadlines.watch(call);
    send(by, call, 1, false);
  }

  private void send(Link by, Call call, int sending, boolean withText) {
    try {
      RedisFuture<List<Object>> sent =
          withText
              ? by.commands().eval(call.script.text, ScriptOutputType.MULTI, call.keys, call.args)
              : by.commands()
                  .evalsha(call.script.sha, ScriptOutputType.MULTI, call.keys, call.args);
      call.sent(sent);
      var unused =
          sent.whenComplete((reply, failure) -> {
            if (failure == null) {
              finish(call, reply, null);
            } else if (cause(failure) instanceof RedisNoScriptException) {
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
   * Sends what Redis did not run because it does not know the script. One call brings the text, the
   * others wait for its end; in a cluster another node may still not know it, so this may repeat.
   */
  private void sendAgain(Link by, Call call, int sending) {
    if (call.isOver()) {
      return;
    }
    var gate = new CompletableFuture<Void>();
    CompletableFuture<Void> other = call.script.loading.compareAndExchange(null, gate);
    if (other == null || sending == MOST_SENDINGS) {
      loads.increment();
      if (other == null) {
        call.carries(gate);
      }
      send(by, call, sending, true);
      return;
    }
    var unused =
        other.whenComplete((nothing, never) -> {
          if (!call.isOver()) {
            send(by, call, sending, false);
          }
        });
  }

  /** Ends a call, if it has not ended. */
  void finish(Call call, @Nullable List<Object> reply, @Nullable StoreFailure failure) {
    if (!call.end()) {
      return;
    }
    inFlight.decrementAndGet();
    if (failure == null || !failure.isOfTheStore()) {
      note(breaker.succeeded(), failure);
    } else {
      note(breaker.failed(), failure);
    }
    if (reply != null) {
      call.onReply(reply);
    } else {
      count(failure == null ? StoreFailure.TIMEOUT : failure);
      call.onFailure(failure == null ? StoreFailure.TIMEOUT : failure);
    }
  }

  private void count(StoreFailure failure) {
    LOG.debug("Redis did not decide: {}", failure);
    switch (failure.cause()) {
      case TIMEOUT -> timeouts.increment();
      case DISCONNECTED -> disconnections.increment();
      default -> {
        errors.increment();
        long last = warnedAt.get();
        long now = ticker.read();
        if (now - last >= BETWEEN_WARNINGS && warnedAt.compareAndSet(last, now)) {
          LOG.warn(
              "Redis refused a call: {}; more of this within a minute is only counted", failure);
        }
      }
    }
  }

  private void note(Breaker.Change change, @Nullable StoreFailure failure) {
    switch (change) {
      case NONE -> {}
      case OPENED -> {
        unavailableSince.set(ticker.read());
        outages.increment();
        LOG.warn("Redis does not serve ({}): limits go by their failure policies", failure);
        tell(false, new RedisOutage(String.valueOf(failure), Duration.ZERO));
        if (failure != null && failure.cause() == StoreFailure.Cause.DISCONNECTED) {
          reconnect();
        }
      }
      case STAYED_OPEN -> {
        if (failure != null && failure.cause() != StoreFailure.Cause.UNABLE) {
          reconnect(); // the connection itself may be what is dead
        }
      }
      case CLOSED -> {
        var length = Duration.ofNanos(Math.max(0, ticker.read() - unavailableSince.get()));
        LOG.info("Redis serves again, after {} ms", length.toMillis());
        tell(true, new RedisOutage("", length));
      }
    }
  }

  private void tell(boolean available, RedisOutage outage) {
    try {
      if (available) {
        listener.onAvailable(outage);
      } else {
        listener.onUnavailable(outage);
      }
    } catch (RuntimeException e) {
      LOG.warn("A listener of the Redis store failed", e);
    }
  }

  /** Replaces the connection, on a thread of its own; at most one at a time. */
  private void reconnect() {
    if (closed || !connecting.compareAndSet(false, true)) {
      return;
    }
    var thread =
        new Thread(
            () -> {
              try {
                Link fresh = connector.connect();
                Link old = link;
                link = fresh;
                if (old != null) {
                  var unused = old.connection().closeAsync();
                }
                if (closed) {
                  closeLink();
                }
              } catch (RuntimeException e) {
                LOG.debug("Redis cannot be reached", e);
              } finally {
                connecting.set(false);
              }
            },
            "gateway-redis-connect");
    thread.setDaemon(true);
    thread.start();
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static StoreFailure failureOf(Throwable failure) {
    Throwable cause = cause(failure);
    String message = cause.getMessage();
    if (cause instanceof RedisCommandTimeoutException) {
      return StoreFailure.TIMEOUT;
    }
    if (!(cause instanceof RedisCommandExecutionException)) {
      return new StoreFailure(StoreFailure.Cause.DISCONNECTED, message);
    }
    boolean ofThisKey = message != null && message.contains("WRONGTYPE");
    return new StoreFailure(
        ofThisKey ? StoreFailure.Cause.REFUSED : StoreFailure.Cause.UNABLE, message);
  }

  private void closeLink() {
    Link last = link;
    link = null;
    if (last != null) {
      last.connection().close();
    }
  }

  @Override
  public void close() {
    closed = true;
    deadlines.close();
    closeLink();
  }
}
