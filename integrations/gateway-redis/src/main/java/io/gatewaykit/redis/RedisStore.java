// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.redis.Connector.Link;
import io.gatewaykit.redis.StoreSettings.BreakerSettings;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to Redis (6 or later), Valkey, or a cluster of them, which holds the state of
 * limiters. Limiters share the store, its connection and its breaker.
 *
 * <p>The client belongs to the user: closing the store closes only the connection it opened. Build
 * clients with {@link #clientOptions()} or {@link #clusterOptions()}; with other options a client
 * may resend a script after a reconnect, and charge a request twice.
 *
 * <p>A call without a reply within the {@link Builder#deadline} fails and is never repeated, since
 * it may have run. After {@link Builder#breaker} consecutive failures the circuit breaker opens,
 * and limiters apply their {@link FailurePolicy} immediately.
 *
 * <p>Thread-safe. Starts one daemon thread, and another one for each reconnect.
 */
public final class RedisStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisStore.class);
  private static final Pattern VERSION = Pattern.compile("redis_version:((\\d+)[0-9.]*)");
  private static final int MIN_MAJOR_VERSION = 6;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(5);

  final ScriptExecutor executor;
  final long deadlineNanos;
  final int maxInFlight;

  private RedisStore(StoreSettings settings, @Nullable Link link) {
    deadlineNanos = settings.deadline().toNanos();
    maxInFlight = settings.maxInFlight();
    var random = new Random(settings.seed());
    BreakerSettings breaker = settings.breaker();
    var breakers =
        new NodeBreakers(
            node ->
                new Breaker(
                    node,
                    breaker.failures(),
                    breaker.shortest().toNanos(),
                    breaker.longest().toNanos(),
                    Ticker.system(),
                    random),
            Ticker.system());
    executor =
        new ScriptExecutor(
            () -> connect(settings.connector()),
            link,
            breakers,
            new TimeoutQueue("gateway-redis-deadline", deadlineNanos, Ticker.system()),
            settings.listener(),
            Ticker.system(),
            maxInFlight);
  }

  /** Returns a builder for the server that the client was created for. */
  public static Builder builder(RedisClient client) {
    return new Builder(Connector.of(requireNonNull(client, "client"), null), client.getOptions());
  }

  /** Returns a builder for the given server. */
  public static Builder builder(RedisClient client, RedisURI uri) {
    return new Builder(
        Connector.of(requireNonNull(client, "client"), requireNonNull(uri, "uri")),
        client.getOptions());
  }

  /** Returns a builder for a cluster. */
  public static Builder builder(RedisClusterClient client) {
    return new Builder(Connector.of(requireNonNull(client, "client")), client.getOptions());
  }

  /**
   * Returns a builder for the server or cluster of another client. Such a client manages its own
   * connections and remains the caller's. The nodes of a cluster share one circuit breaker.
   */
  public static Builder builder(ScriptClient client) {
    return new Builder(Connector.of(requireNonNull(client, "client")), null);
  }

  /**
   * Returns options for a {@link RedisClient} that suit limiters: commands are rejected while
   * disconnected, scripts are never resent, and connecting times out after one second. Other
   * options can be added.
   */
  public static ClientOptions.Builder clientOptions() {
    return suited(ClientOptions.builder());
  }

  /**
   * Returns options for a {@link RedisClusterClient} that suit limiters: scripts are never resent,
   * connecting times out after one second, and the topology is refreshed automatically.
   */
  public static ClusterClientOptions.Builder clusterOptions() {
    ClusterClientOptions.Builder options = ClusterClientOptions.builder();
    suited(options);
    // A cluster client connects to a node on its first command, which must be queued until then. A
    // command not sent by its deadline is cancelled, and never sent.
    options.disconnectedBehavior(ClientOptions.DisconnectedBehavior.DEFAULT);
    return options.topologyRefreshOptions(
        ClusterTopologyRefreshOptions.builder()
            .enablePeriodicRefresh(Duration.ofSeconds(10))
            .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
            .build());
  }

  private static ClientOptions.Builder suited(ClientOptions.Builder options) {
    return options
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(RedisStore::isScript)
        .socketOptions(
            SocketOptions.builder().connectTimeout(Duration.ofSeconds(1)).keepAlive(true).build());
  }

  private static boolean isScript(RedisCommand<?, ?, ?> command) {
    return command.getType() == CommandType.EVALSHA || command.getType() == CommandType.EVAL;
  }

  /** Connects and verifies the server version. */
  private static Link connect(Connector connector) {
    Link link;
    try {
      link = connector.connect();
    } catch (RuntimeException e) {
      throw new RedisStoreException("Redis cannot be used: " + rootOf(e).getMessage(), e);
    }
    try {
      String info =
          link.info()
              .get()
              .toCompletableFuture()
              .get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      Matcher version = VERSION.matcher(info);
      if (version.find() && Integer.parseInt(version.group(2)) < MIN_MAJOR_VERSION) {
        throw new RedisStoreException(
            "Redis is too old: version " + version.group(1) + " (expected: 6 or later)", null);
      }
      return link;
    } catch (ExecutionException e) {
      if (String.valueOf(rootOf(e).getMessage()).contains("NOPERM")) {
        return link; // no permission for INFO: left to the first script
      }
      link.closing().run();
      throw new RedisStoreException("Redis cannot be used: " + rootOf(e).getMessage(), e);
    } catch (TimeoutException e) {
      link.closing().run();
      throw new RedisStoreException("Redis does not reply within " + START_TIMEOUT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      link.closing().run();
      throw new RedisStoreException("interrupted while connecting", e);
    } catch (RedisStoreException e) {
      link.closing().run();
      throw e;
    }
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /**
   * Returns whether all limits are currently decided by Redis, not by failure policies; for a
   * cluster, whether every node called so far is available.
   */
  public boolean isAvailable() {
    return executor.isAvailable();
  }

  /** Returns a snapshot of the store. */
  public RedisStoreSnapshot snapshot() {
    return new RedisStoreSnapshot(
        isAvailable(),
        executor.inFlight(),
        executor.calls.sum(),
        executor.timeouts.sum(),
        executor.disconnections.sum(),
        executor.errors.sum(),
        executor.notSent.sum(),
        executor.loads.sum(),
        executor.outages.sum());
  }

  /** Closes the connection. Calls in flight complete immediately, by the failure policies. */
  @Override
  public void close() {
    executor.close();
  }

  /**
   * Collects the settings of a {@link RedisStore}. Not thread-safe. A setting that is set twice is
   * an {@link IllegalStateException}.
   */
  public static final class Builder {
    private final Connector connector;
    private final @Nullable ClientOptions options;
    private @Nullable Duration deadline;
    private @Nullable BreakerSettings breaker;
    private @Nullable Integer maxInFlight;
    private @Nullable Boolean mayStartWithout;
    private @Nullable Long seed;
    private @Nullable RedisStoreListener listener;

    private Builder(Connector connector, @Nullable ClientOptions options) {
      this.connector = connector;
      this.options = options;
    }

    /**
     * Sets the maximum time for a decision, 1 ms to 10 s. Default: 25 ms. Independent of the
     * client's own timeouts.
     */
    public Builder deadline(Duration deadline) {
      Arguments.range("deadline", deadline, Duration.ofMillis(1), Duration.ofSeconds(10));
      this.deadline = Arguments.once("deadline", this.deadline, deadline);
      return this;
    }

    /**
     * Configures the circuit breaker. Default: opens after 5 consecutive failures, for 100 ms
     * initially and at most 5 s.
     *
     * @param failures the number of consecutive failures, 1 to 1,000,000
     * @param shortest the initial open period, 1 ms to one hour; each period is jittered between
     *     half and all of its length
     * @param longest the maximum open period after repeated failures, at most one hour
     */
    public Builder breaker(int failures, Duration shortest, Duration longest) {
      Arguments.range("failures", failures, 1, 1_000_000);
      Duration hour = Duration.ofHours(1);
      Arguments.range("longest", longest, Duration.ofMillis(1), hour);
      Arguments.range("shortest", shortest, Duration.ofMillis(1), longest);
      var settings = new BreakerSettings(failures, shortest, longest);
      this.breaker = Arguments.once("breaker", breaker, settings);
      return this;
    }

    /**
     * Sets the maximum number of concurrent calls, and of waiting decisions per limiter, 1 to
     * 1,000,000. Default: 10,000. Excess requests are decided immediately by the failure policies.
     */
    public Builder maxInFlight(int maxInFlight) {
      Arguments.range("maxInFlight", maxInFlight, 1, 1_000_000);
      this.maxInFlight = Arguments.once("maxInFlight", this.maxInFlight, maxInFlight);
      return this;
    }

    /**
     * Allows {@link #build} to succeed if Redis is unreachable; limiters apply their failure
     * policies until it is connected. Wrong credentials and old versions still fail. Default: it
     * fails.
     */
    public Builder startWithoutRedis() {
      this.mayStartWithout = Arguments.once("startWithoutRedis", mayStartWithout, true);
      return this;
    }

    /** Sets the listener for outages. Default: none; outages are always logged. */
    public Builder listener(RedisStoreListener listener) {
      this.listener = Arguments.once("listener", this.listener, listener);
      return this;
    }

    /** Sets the seed of the breaker's jitter. Default: random. */
    public Builder seed(long seed) {
      this.seed = Arguments.once("seed", this.seed, seed);
      return this;
    }

    /**
     * Connects and builds the store. Blocks until the client is connected.
     *
     * @throws RedisStoreException if Redis is unreachable, rejects the credentials, or is older
     *     than version 6
     */
    public RedisStore build() {
      if (options != null
          && !(options instanceof ClusterClientOptions)
          && options.isAutoReconnect()
          && options.getDisconnectedBehavior()
              != ClientOptions.DisconnectedBehavior.REJECT_COMMANDS) {
        log.warn(
            "redis store: the client queues commands while disconnected, which delays failure"
                + " policies by the deadline (use RedisStore.clientOptions())");
      }
      Link link = null;
      try {
        link = connect(connector);
      } catch (RedisStoreException e) {
        if (mayStartWithout == null || hasReplied(e)) {
          throw e;
        }
        log.warn("redis store: {}, limits apply their failure policies", e.getMessage());
      }
      return new RedisStore(settings(), link);
    }

    private StoreSettings settings() {
      return new StoreSettings(
          connector,
          deadline == null ? Duration.ofMillis(25) : deadline,
          breaker == null
              ? new BreakerSettings(5, Duration.ofMillis(100), Duration.ofSeconds(5))
              : breaker,
          maxInFlight == null ? 10_000 : maxInFlight,
          listener == null ? new RedisStoreListener() {} : listener,
          seed == null ? ThreadLocalRandom.current().nextLong() : seed);
    }

    /** Returns whether a server replied and rejected the connection. */
    private static boolean hasReplied(RedisStoreException e) {
      return e.getCause() == null
          || rootOf(e) instanceof RedisCommandExecutionException
          || rootOf(e) instanceof ScriptErrorException;
    }
  }
}
