package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a set of targets: probes them, takes reports of real traffic, and holds one verdict per
 * target made of both. A target nobody has reported on is {@link Health#UNKNOWN}, which counts as
 * available.
 *
 * <p>Thread-safe. Probes run on the {@link ProbeEngine}; reports of real traffic are taken on the
 * caller's thread and allocate nothing while they change nothing. Closing it ends its probes.
 */
public final class HealthChecker implements HealthSignal, OutcomeReport, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);

  private final String name;
  private final ProbeEngine engine;
  private final Ticker ticker;
  private final Probe probe;
  private final Duration interval;
  private final Duration timeout;
  private final Thresholds active;
  private final Thresholds passive;
  private final List<HealthListener> listeners;
  private final List<Listener> subscribers = new CopyOnWriteArrayList<>();
  private final Object changes = new Object();

  /** Replaced whole, under {@link #changes}. */
  private volatile Map<String, WatchedTarget> targets = Map.of();

  private volatile boolean closed;

  private HealthChecker(Builder builder, ProbeEngine engine) {
    name = builder.name;
    this.engine = engine;
    ticker = engine.ticker();
    probe = builder.probe;
    interval = builder.interval;
    timeout = builder.timeout;
    active = builder.active;
    passive = builder.passive;
    listeners = List.copyOf(builder.listeners);
  }

  /** Returns a builder. The name is for people and metrics. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /**
   * Replaces the targets. What is known of those that stay, by id and address, is kept.
   *
   * @throws IllegalArgumentException if an id occurs twice; the targets stay as they were
   */
  public void setTargets(Collection<Target> newTargets) {
    var added = new ArrayList<WatchedTarget>();
    synchronized (changes) {
      var next = new LinkedHashMap<String, WatchedTarget>();
      for (Target target : newTargets) {
        WatchedTarget known = targets.get(target.id());
        boolean stays = known != null && known.target.equals(target);
        WatchedTarget watched = stays ? known : new WatchedTarget(target, ticker.read());
        if (next.put(target.id(), requireNonNull(watched)) != null) {
          throw new IllegalArgumentException(
              "targets: \"" + target.id() + "\" twice (expected: unique ids)");
        }
        if (!stays) {
          added.add(watched);
        }
      }
      for (WatchedTarget old : targets.values()) {
        if (next.get(old.target.id()) != old) {
          remove(old);
        }
      }
      targets = next;
    }
    if (!closed) {
      added.forEach(watched -> engine.execute(() -> startProbing(watched)));
    }
  }

  private void remove(WatchedTarget old) {
    old.removed = true;
    engine.execute(() -> {
      if (old.attempt != null) {
        old.attempt.cancel();
      }
    });
  }

  private void startProbing(WatchedTarget watched) {
    // Spread over one interval, so that thousands of targets do not all get their probes at once.
    long phase =
        Math.floorMod(watched.target.id().hashCode() * 0x9E3779B97F4A7C15L, interval.toNanos());
    engine.at(ticker.read() + phase, () -> probe(watched));
  }

  private void probe(WatchedTarget watched) {
    if (watched.removed || closed) {
      return;
    }
    long start = ticker.read();
    watched.attempt =
        engine.probe(
            watched.target,
            probe,
            timeout,
            result -> {
              engine.at(start + interval.toNanos(), () -> probe(watched));
              watched.probed(result);
              take(watched, active, result.report(), DecidedBy.ACTIVE, result.detail());
            });
  }

  @Override
  public void report(String endpointId, Outcome outcome, int status, long latencyNanos) {
    WatchedTarget watched = targets.get(endpointId);
    Report report = report(outcome);
    if (watched != null && report != null && !watched.changesNothing(passive, report)) {
      take(watched, passive, report, DecidedBy.PASSIVE, "real traffic: " + outcome);
    }
  }

  private static @Nullable Report report(Outcome outcome) {
    return switch (outcome) {
      case SUCCESS -> Report.SUCCESS;
      case FAILURE -> Report.HTTP_FAILURE;
      case CONNECT_FAILURE -> Report.TCP_FAILURE;
      case TIMEOUT -> Report.TIMEOUT;
      case REJECTED_REMOTE, REJECTED_LOCAL, CANCELLED -> null;
    };
  }

  private void take(
      WatchedTarget watched, Thresholds thresholds, Report report, DecidedBy by, String cause) {
    synchronized (changes) {
      if (watched.removed) {
        return;
      }
      TargetState before = watched.state();
      Health healthBefore = watched.health();
      watched.report(thresholds, report, ticker.read(), by, cause);
      TargetState after = watched.state();
      if (after != before) {
        log.info("{}: {} is {} ({})", name, watched.target.id(), after, cause);
        String id = watched.target.id();
        listeners.forEach(l -> tell(() -> l.onChange(id, before, after, cause)));
      }
      Health health = watched.health();
      if (health != healthBefore) {
        subscribers.forEach(s -> tell(() -> s.onHealth(watched.target.id(), health)));
      }
    }
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a health listener failed", e);
    }
  }

  @Override
  public Health health(String endpointId) {
    WatchedTarget watched = targets.get(endpointId);
    return watched == null ? Health.UNKNOWN : watched.health();
  }

  @Override
  public Subscription subscribe(Listener listener) {
    requireNonNull(listener, "listener");
    // A wrapper of its own, so that one listener subscribed twice is two subscriptions.
    Listener entry = (id, health) -> listener.onHealth(id, health);
    subscribers.add(entry);
    return () -> subscribers.remove(entry);
  }

  /** Returns how the targets stand. */
  public CheckerSnapshot snapshot() {
    long now = ticker.read();
    var views = new ArrayList<TargetView>();
    targets.values().forEach(watched -> views.add(watched.view(now)));
    return new CheckerSnapshot(name, views);
  }

  /** Ends all probes. Verdicts stay as they are, and reports of real traffic still count. */
  @Override
  public void close() {
    synchronized (changes) {
      closed = true;
      targets
          .values()
          .forEach(watched ->
              engine.execute(() -> {
                if (watched.attempt != null) {
                  watched.attempt.cancel();
                }
              }));
    }
  }

  /** Collects the settings of a {@link HealthChecker}. Not thread-safe. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofDays(1);

    private final String name;
    private final List<HealthListener> listeners = new ArrayList<>();
    private @Nullable ProbeEngine engine;
    private Probe probe = Probe.tcp();
    private Duration interval = Duration.ofSeconds(5);
    private Duration timeout = Duration.ofSeconds(1);
    private Thresholds active = Thresholds.riseFall(2, 3);
    private Thresholds passive = Thresholds.perKind(5, 5, 2, 7);

    private Builder(String name) {
      this.name = requireNonNull(name, "name");
    }

    /** Sets the engine that runs the probes. Required. */
    public Builder engine(ProbeEngine engine) {
      this.engine = requireNonNull(engine, "engine");
      return this;
    }

    /** Sets what is done to find out whether a target works. Default: {@link Probe#tcp()}. */
    public Builder probe(Probe probe) {
      this.probe = requireNonNull(probe, "probe");
      return this;
    }

    /** Sets the time between the starts of two probes of a target. Default: 5 seconds. */
    public Builder interval(Duration interval) {
      this.interval = check("interval", interval);
      return this;
    }

    /** Sets how long a probe may take, no longer than the interval. Default: 1 second. */
    public Builder timeout(Duration timeout) {
      this.timeout = check("timeout", timeout);
      return this;
    }

    /** Sets how many probes decide. Default: healthy after 2, unhealthy after 3. */
    public Builder active(Thresholds thresholds) {
      this.active = requireNonNull(thresholds, "thresholds");
      return this;
    }

    /**
     * Sets how many reports of real traffic decide. Default: healthy after 5 successes, unhealthy
     * after 5 failures, 2 failed connections or 7 answers out of time.
     */
    public Builder passive(Thresholds thresholds) {
      this.passive = requireNonNull(thresholds, "thresholds");
      return this;
    }

    /** Adds a listener. Default: none. */
    public Builder listener(HealthListener listener) {
      listeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    private static Duration check(String field, Duration time) {
      if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(LONGEST) > 0) {
        throw new IllegalArgumentException(field + ": " + time + " (expected: 1 ms to 24 h)");
      }
      return time;
    }

    /**
     * Builds the checker, so far without targets.
     *
     * @throws IllegalArgumentException if there is no engine, or the timeout is longer than the
     *     interval
     */
    public HealthChecker build() {
      ProbeEngine chosen = engine;
      if (chosen == null) {
        throw new IllegalArgumentException("engine: none (expected: a ProbeEngine)");
      }
      if (timeout.compareTo(interval) > 0) {
        throw new IllegalArgumentException(
            "timeout: " + timeout + " (expected: at most the interval, " + interval + ")");
      }
      return new HealthChecker(this, chosen);
    }
  }
}
