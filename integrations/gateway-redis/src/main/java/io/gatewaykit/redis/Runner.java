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
  private final Breakers breakers;
  private final Deadlines deadlines;
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
  final LongAdder notAsked = new LongAdder();
  final LongAdder loads = new LongAdder();
  final LongAdder outages = new LongAdder();

  Runner(
      Connector connector,
      @Nullable Link link,
      Breakers breakers,
      Deadlines deadlines,
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
    this.warnedAt = new AtomicLong(ticker.read() - BETWEEN_WARNINGS);
    if (link == null) {
      reconnect();
    }
  }

  /** Whether a call for this key would not even be sent now. */
  boolean refuses(String key) {
    return closed || breakers.of(nodes(), key).refuses();
  }

  private Nodes nodes() {
    Link now = link;
    return now == null ? Nodes.SINGLE : now.nodes();
  }

  boolean isAvailable() {
    return !closed && !breakers.anyOpen() && link != null;
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
    Breaker breaker = breakers.of(nodes(), call.keys[0]);
    if (closed || !breaker.permits()) {
      notAsked.increment();
      call.onFailure(closed ? StoreFailure.CLOSED : StoreFailure.OPEN);
      return;
    }
    inFlight.incrementAndGet();
    calls.increment();
    call.runBy(this, breaker);
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
    Breaker breaker = call.breaker();
    if (failure == null || !failure.isOfTheStore()) {
      note(breaker, breaker.succeeded(), failure);
      if (breakers.anyOpen()) {
        breakers.sweep(nodes()).forEach(gone -> tellClosed(gone));
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

  private void note(Breaker breaker, Breaker.Change change, @Nullable StoreFailure failure) {
    switch (breakers.counted(change)) {
      case NONE -> {}
      case OPENED -> {
        outages.increment();
        LOG.warn(
            "{} does not serve ({}): limits go by their failure policies",
            described(breaker),
            failure);
        tell(false, new RedisOutage(breaker.node(), String.valueOf(failure), Duration.ZERO));
        if (failure != null && failure.cause() == StoreFailure.Cause.DISCONNECTED) {
          reconnect();
        }
      }
      case STAYED_OPEN -> {
        if (failure != null && failure.cause() != StoreFailure.Cause.UNABLE) {
          reconnect(); // the connection itself may be what is dead
        }
      }
      case CLOSED -> tellClosed(breaker);
    }
  }

  private void tellClosed(Breaker breaker) {
    var length = Duration.ofNanos(breaker.sinceOpened());
    LOG.info("{} serves again, after {} ms", described(breaker), length.toMillis());
    tell(true, new RedisOutage(breaker.node(), "", length));
  }

  private static String described(Breaker breaker) {
    return breaker.node().isEmpty() ? "Redis" : "Redis at " + breaker.node();
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

  /**
   * Replaces the connection, on a thread of its own; at most one at a time. What is under way by
   * the old one has its time to end: in a cluster, only one node of it may be dead.
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
                if (!old.nodes().equals(Nodes.SINGLE)) {
                  deadlines.letPass();
                }
                var unused = old.connection().closeAsync();
              }
            },
            "gateway-redis-connect");
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns the connection that was replaced; null if none was. */
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
      LOG.debug("Redis cannot be reached", e);
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
