package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.redis.Connector.Link;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis (6 or later), Valkey, or cluster of them, that holds the state of limiters. Many limiters
 * share one store, its connection and its breaker.
 *
 * <p>The client is the user's own, and stays theirs: closing the store closes the one connection it
 * made. Build clients with {@link #clientOptions()} or {@link #clusterOptions()}: others may send a
 * script once more after they were disconnected, and charge for one request twice.
 *
 * <p>A call that is not answered within the {@link Builder#deadline} is given up and never
 * repeated, since it may have run. After {@link Builder#breaker} failures in a row Redis is left
 * alone for a while, and limiters go by their {@link FailurePolicy} at once.
 *
 * <p>Thread-safe. Starts one daemon thread, and another one whenever it must connect anew.
 */
public final class RedisStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);
  private static final Pattern VERSION = Pattern.compile("redis_version:((\\d+)[0-9.]*)");
  private static final int OLDEST = 6;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(5);

  final Runner runner;
  final long deadlineNanos;
  final int maxInFlight;

  private RedisStore(Builder builder, @Nullable Link link) {
    deadlineNanos = builder.deadline.toNanos();
    maxInFlight = builder.maxInFlight;
    var random = new Random(builder.seed);
    var breakers =
        new Breakers(
            node ->
                new Breaker(
                    node,
                    builder.failures,
                    builder.shortest.toNanos(),
                    builder.longest.toNanos(),
                    Ticker.system(),
                    random),
            Ticker.system());
    runner =
        new Runner(
            () -> connect(builder.connector),
            link,
            breakers,
            new Deadlines("gateway-redis-deadline", deadlineNanos, Ticker.system()),
            builder.listener,
            Ticker.system(),
            maxInFlight);
  }

  /** Returns a builder of a store on the server that the client was made for. */
  public static Builder builder(RedisClient client) {
    return new Builder(Connector.of(requireNonNull(client, "client"), null), client.getOptions());
  }

  /** Returns a builder of a store on the given server. */
  public static Builder builder(RedisClient client, RedisURI uri) {
    return new Builder(
        Connector.of(requireNonNull(client, "client"), requireNonNull(uri, "uri")),
        client.getOptions());
  }

  /** Returns a builder of a store on a cluster. */
  public static Builder builder(RedisClusterClient client) {
    return new Builder(Connector.of(requireNonNull(client, "client")), client.getOptions());
  }

  /**
   * Returns options for a {@link RedisClient} that does what limits need: it refuses commands while
   * it is disconnected, never sends a script twice, and gives up connecting after a second. Add to
   * them as you need.
   */
  public static ClientOptions.Builder clientOptions() {
    return suited(ClientOptions.builder());
  }

  /**
   * Returns options for a {@link RedisClusterClient} that does what limits need: it never sends a
   * script twice, gives up connecting after a second, and learns of changes of the cluster by
   * itself.
   */
  public static ClusterClientOptions.Builder clusterOptions() {
    ClusterClientOptions.Builder options = ClusterClientOptions.builder();
    suited(options);
    // A cluster's client connects to a node when it is first asked for, and must keep what is asked
    // for until it has. What has not been sent by its deadline is cancelled, and never sent.
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

  /** Connects, and checks that the server is new enough. */
  private static Link connect(Connector connector) {
    Link link;
    try {
      link = connector.connect();
    } catch (RuntimeException e) {
      throw new RedisStoreException("Redis cannot be used: " + rootOf(e).getMessage(), e);
    }
    try {
      String info =
          link.commands().info("server").get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      Matcher version = VERSION.matcher(info);
      if (version.find() && Integer.parseInt(version.group(2)) < OLDEST) {
        throw new RedisStoreException(
            "Redis is too old: version " + version.group(1) + " (expected: 6 or later)", null);
      }
      return link;
    } catch (ExecutionException e) {
      if (rootOf(e) instanceof RedisCommandExecutionException
          && String.valueOf(rootOf(e).getMessage()).startsWith("NOPERM")) {
        return link; // this user may not ask for the version: then the first script tells
      }
      link.connection().close();
      throw new RedisStoreException("Redis cannot be used: " + rootOf(e).getMessage(), e);
    } catch (TimeoutException e) {
      link.connection().close();
      throw new RedisStoreException("Redis does not answer within " + START_TIMEOUT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      link.connection().close();
      throw new RedisStoreException("interrupted while connecting", e);
    } catch (RedisStoreException e) {
      link.connection().close();
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
   * Tells whether all limits are decided by Redis now, rather than by their failure policies. Of a
   * cluster, whether every node serves that was asked.
   */
  public boolean isAvailable() {
    return runner.isAvailable();
  }

  /** Returns how the store stands. */
  public RedisStoreSnapshot snapshot() {
    return new RedisStoreSnapshot(
        isAvailable(),
        runner.inFlight(),
        runner.calls.sum(),
        runner.timeouts.sum(),
        runner.disconnections.sum(),
        runner.errors.sum(),
        runner.notAsked.sum(),
        runner.loads.sum(),
        runner.outages.sum());
  }

  /** Closes the connection. What is under way ends at once, by the failure policies. */
  @Override
  public void close() {
    runner.close();
  }

  /** Collects the settings of a {@link RedisStore}. Not thread-safe. */
  public static final class Builder {
    private final Connector connector;
    private final ClientOptions options;
    private Duration deadline = Duration.ofMillis(25);
    private int failures = 5;
    private Duration shortest = Duration.ofMillis(100);
    private Duration longest = Duration.ofSeconds(5);
    private int maxInFlight = 10_000;
    private boolean mayStartWithout;
    private long seed = System.nanoTime();
    private RedisStoreListener listener = new RedisStoreListener() {};

    private Builder(Connector connector, ClientOptions options) {
      this.connector = connector;
      this.options = options;
    }

    /**
     * Sets how long a decision may take, 1 ms to 10 s. Default: 25 ms. Independent of the client's
     * own timeouts.
     */
    public Builder deadline(Duration deadline) {
      this.deadline = between("deadline", deadline, Duration.ofMillis(1), Duration.ofSeconds(10));
      return this;
    }

    /**
     * Sets when Redis is left alone. Default: after 5 failures in a row, for 100 ms at first and up
     * to 5 s later.
     *
     * @param failures in a row, 1 to 1,000,000
     * @param shortest for how long at first, 1 ms to an hour; each time between half of it and all
     * @param longest how long at most, when it failed again and again, up to an hour
     */
    public Builder breaker(int failures, Duration shortest, Duration longest) {
      if (failures < 1 || failures > 1_000_000) {
        throw new IllegalArgumentException("failures: " + failures + " (expected: 1..1000000)");
      }
      Duration hour = Duration.ofHours(1);
      this.longest = between("longest", longest, Duration.ofMillis(1), hour);
      this.shortest = between("shortest", shortest, Duration.ofMillis(1), longest);
      this.failures = failures;
      return this;
    }

    /**
     * Sets how many calls, and in each limiter how many waiting decisions, there may be at once, 1
     * to 1,000,000. Default: 10,000. Those beyond go by the failure policies at once.
     */
    public Builder maxInFlight(int maxInFlight) {
      if (maxInFlight < 1 || maxInFlight > 1_000_000) {
        throw new IllegalArgumentException(
            "maxInFlight: " + maxInFlight + " (expected: 1..1000000)");
      }
      this.maxInFlight = maxInFlight;
      return this;
    }

    /**
     * Sets that {@link #build} succeeds even if Redis cannot be reached; limits go by their failure
     * policies until it can. Wrong credentials and an old version still fail. Default: it fails.
     */
    public Builder startWithoutRedis() {
      this.mayStartWithout = true;
      return this;
    }

    /** Sets who learns of outages. Default: nobody; they are logged in any case. */
    public Builder listener(RedisStoreListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /** Sets the seed of the breaker's jitter. Default: another one each time. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Connects, and builds the store. Blocks for as long as the client does to connect.
     *
     * @throws RedisStoreException if Redis cannot be reached, refuses the credentials, or is older
     *     than version 6
     */
    public RedisStore build() {
      if (!(options instanceof ClusterClientOptions)
          && options.isAutoReconnect()
          && options.getDisconnectedBehavior()
              != ClientOptions.DisconnectedBehavior.REJECT_COMMANDS) {
        LOG.warn(
            "The Redis client keeps commands while it is disconnected; build it with"
                + " RedisStore.clientOptions() so that limits learn of that at once");
      }
      Link link = null;
      try {
        link = connect(connector);
      } catch (RedisStoreException e) {
        if (!mayStartWithout || answered(e)) {
          throw e;
        }
        LOG.warn("{}; limits go by their failure policies until it can", e.getMessage());
      }
      return new RedisStore(this, link);
    }

    /** Whether there was a server, and it did not want us. */
    private static boolean answered(RedisStoreException e) {
      return e.getCause() == null || rootOf(e) instanceof RedisCommandExecutionException;
    }

    private static Duration between(String name, Duration value, Duration min, Duration max) {
      if (requireNonNull(value, name).compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            name + ": " + value + " (expected: " + min + ".." + max + ")");
      }
      return value;
    }
  }
}
