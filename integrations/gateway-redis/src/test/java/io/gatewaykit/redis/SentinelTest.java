// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static io.gatewaykit.ratelimit.Decision.Source.FALLBACK;
import static io.gatewaykit.ratelimit.Decision.Source.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Failover of a master by three Sentinels, while eight callers on two nodes use one key. */
@Tag("slow")
class SentinelTest {
  private static final int BURST = 20;
  private static final int RATE = 100;

  private final List<TestRedis> servers = new ArrayList<>();
  private final List<RedisClient> clients = new ArrayList<>();
  private final List<Runnable> closings = new ArrayList<>();
  private final List<RedisStore> stores = new ArrayList<>();
  private final AtomicInteger outages = new AtomicInteger();

  @AfterEach
  void stop() {
    stores.forEach(RedisStore::close);
    closings.forEach(Runnable::run);
    clients.forEach(RedisClient::shutdown);
    servers.forEach(TestRedis::close);
  }

  private static void await(String event, Callable<Boolean> condition) {
    Awaitility.await(event)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(condition);
  }

  private TestRedis started(TestRedis server) {
    servers.add(server);
    return server;
  }

  private RedisClient client(RedisURI uri) {
    RedisClient client = RedisClient.create(uri);
    client.setOptions(RedisStore.clientOptions().build());
    clients.add(client);
    return client;
  }

  @ParameterizedTest
  @EnumSource(TestClient.class)
  void masterKilled_underTraffic_losesAtMostABurstAndReturns(TestClient nodeClient) {
    TestRedis master = started(TestRedis.fromDebian());
    TestRedis replica =
        started(TestRedis.fromDebian("--replicaof", "127.0.0.1", Integer.toString(master.port())));
    var ports = new ArrayList<Integer>();
    for (int i = 0; i < 3; i++) {
      ports.add(started(TestRedis.sentinel(master)).port());
    }
    RedisURI sentinels =
        RedisURI.Builder.sentinel("127.0.0.1", ports.get(0), "limits")
            .withTimeout(Duration.ofSeconds(2))
            .build();
    RedisSentinelCommands<String, String> sentinel =
        client(sentinels).connectSentinel(sentinels).sync();
    await(
        "the Sentinels and the replica know each other",
        () -> {
          Map<String, String> known = sentinel.master("limits");
          return "1".equals(known.get("num-slaves"))
              && "2".equals(known.get("num-other-sentinels"));
        });
    await(
        "the replica is in step",
        () -> {
          try (var connection = clients.get(0).connect(replica.uri())) {
            return connection.sync().info("replication").contains("master_link_status:up");
          }
        });

    var nodes = new ArrayList<RedisLeakyBucket<String>>();
    for (int i = 0; i < 2; i++) {
      TestClient.Opened opened = nodeClient.openSentinels(ports);
      closings.add(opened.closing());
      RedisStore store =
          opened
              .store()
              .deadline(Duration.ofMillis(100))
              .breaker(5, Duration.ofMillis(50), Duration.ofMillis(200))
              .listener(
                  new RedisStoreListener() {
                    @Override
                    public void onUnavailable(RedisOutage outage) {
                      outages.incrementAndGet();
                    }
                  })
              .build();
      stores.add(store);
      nodes.add(
          RedisLeakyBucket.<String>builder(store, "failover")
              .limit(Limit.perSecond(RATE).burst(BURST).nodelay())
              .nodes(2)
              .build());
    }
    try (var traffic = new Traffic(nodes)) {
      traffic.await(REMOTE, 100);
      master.kill();
      traffic.await(FALLBACK, 100);
      await(
          "all nodes use the new master", () -> stores.stream().allMatch(RedisStore::isAvailable));
      traffic.await(REMOTE, 200);
      Map<Decision.Source, Long> sources = traffic.sources();
      double both = traffic.secondsOfBoth();
      double worst = traffic.stop(RATE);
      assertThat(((InetSocketAddress) sentinel.getMasterAddrByName("limits")).getPort())
          .isEqualTo(replica.port());
      // One burst for state that was not replicated, and two for each outage, as documented.
      assertThat(worst)
          .as("admitted beyond the rate; decisions by %s", sources)
          .isLessThanOrEqualTo(
              (BURST + 1) * (1 + 1 + 2 * outages.get()) + RATE / 2.0 * both + 0.01);
      assertThat(traffic.latency(0.99)).isLessThan(Duration.ofMillis(1500));
    }
  }
}
