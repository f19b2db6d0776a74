// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static io.gatewaykit.ratelimit.Decision.Source.FALLBACK;
import static io.gatewaykit.ratelimit.Decision.Source.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.MigrateArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cluster of three of Debian's servers, and a replica of the first. */
@Tag("slow")
class ClusterTest {
  private static final int MASTERS = 3;
  private static final int SLOTS = 16384;

  private static final List<TestRedis> servers = new ArrayList<>();
  private static final List<RedisClient> admins = new ArrayList<>();
  private static final List<RedisCommands<String, String>> commands = new ArrayList<>();
  private static RedisClusterClient client;

  @BeforeAll
  static void start() {
    for (int i = 0; i <= MASTERS; i++) {
      TestRedis server =
          TestRedis.fromDebian(
              "--cluster-enabled", "yes",
              "--cluster-node-timeout", "1000",
              "--cluster-require-full-coverage", "no",
              "--cluster-replica-validity-factor", "0");
      servers.add(server);
      RedisClient admin = server.client();
      admins.add(admin);
      commands.add(admin.connect().sync());
    }
    for (int i = 0; i < MASTERS; i++) {
      int from = SLOTS * i / MASTERS;
      commands.get(i).clusterAddSlots(IntStream.range(from, SLOTS * (i + 1) / MASTERS).toArray());
      commands.get(i).clusterSetConfigEpoch(i + 1L);
    }
    for (int i = 1; i <= MASTERS; i++) {
      commands.get(i).clusterMeet("127.0.0.1", servers.get(0).port());
    }
    await("all nodes know each other", () -> allHave("cluster_known_nodes:4"));
    commands.get(MASTERS).clusterReplicate(commands.get(0).clusterMyId());
    await("the cluster serves", () -> allHave("cluster_state:ok"));
    await(
        "the replica is in step",
        () -> commands.get(MASTERS).info("replication").contains("master_link_status:up"));
    client = RedisClusterClient.create(servers.get(1).uri());
    client.setOptions(RedisStore.clusterOptions().build());
  }

  private static boolean allHave(String fact) {
    return commands.stream().allMatch(node -> node.clusterInfo().contains(fact));
  }

  private static void await(String what, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(45))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(condition);
  }

  @AfterAll
  static void stop() {
    if (client != null) {
      client.shutdown();
    }
    admins.forEach(RedisClient::shutdown);
    servers.forEach(TestRedis::close);
  }

  private static RedisStore.Builder store() {
    return RedisStore.builder(client).deadline(Duration.ofSeconds(10));
  }

  @Test
  void keys_ofAllNodes_areLimited_eachNodeLearnsTheScript() {
    Limit limit = Limit.of(1, Duration.ofMinutes(1)).burst(2).nodelay();
    try (RedisStore store = store().build()) {
      RedisLeakyBucket<Integer> bucket =
          RedisLeakyBucket.<Integer>builder(store, "spread").limit(limit).build();
      for (RedisCommands<String, String> node : commands.subList(0, MASTERS)) {
        node.scriptFlush();
      }
      for (int key = 0; key < 60; key++) {
        assertThat(bucket.check(key, 3).admitted()).isTrue();
        assertThat(bucket.check(key, 1).admitted()).isFalse();
      }
      assertThat(bucket.snapshot().fallback()).isZero();
      assertThat(store.snapshot().scriptLoads()).isEqualTo(MASTERS);
      for (RedisCommands<String, String> node : commands.subList(0, MASTERS)) {
        assertThat(node.dbsize()).isPositive();
      }
    }
  }

  @Test
  void resharding_underTraffic_isExact() {
    int burst = 20;
    Limit limit = Limit.perSecond(100).burst(burst).nodelay();
    String key = "{reshard}:hot";
    int slot = SlotHash.getSlot(key);
    int from = slot * MASTERS / SLOTS;
    int to = from == 1 ? 2 : 1;
    try (RedisStore store = store().build()) {
      var bucket = RedisLeakyBucket.<String>builder(store, "{reshard}").limit(limit).build();
      try (var traffic = new Traffic(List.of(bucket))) {
        traffic.await(REMOTE, 20);
        String source = commands.get(from).clusterMyId();
        String target = commands.get(to).clusterMyId();
        commands.get(to).clusterSetSlotImporting(slot, source);
        commands.get(from).clusterSetSlotMigrating(slot, target);
        traffic.await(REMOTE, 20);
        commands
            .get(from)
            .migrate(
                "127.0.0.1",
                servers.get(to).port(),
                0,
                5000,
                MigrateArgs.Builder.key(key).replace());
        traffic.await(REMOTE, 20);
        for (RedisCommands<String, String> node : List.of(commands.get(to), commands.get(from))) {
          node.clusterSetSlotNode(slot, target);
        }
        traffic.await(REMOTE, 20);
        assertThat(traffic.stop(100)).isLessThanOrEqualTo(burst + 1.01);
        assertThat(traffic.count(FALLBACK)).isZero();
      }
    }
  }

  @Test
  void stoppedNode_isTakenForItself_theOthersGoOn() {
    List<String> events = new CopyOnWriteArrayList<>();
    try (RedisStore store =
        RedisStore.builder(client)
            .deadline(Duration.ofMillis(500))
            .breaker(2, Duration.ofMillis(50), Duration.ofMillis(200))
            .listener(
                new RedisStoreListener() {
                  @Override
                  public void onUnavailable(RedisOutage outage) {
                    events.add("-" + outage.node());
                  }

                  @Override
                  public void onAvailable(RedisOutage outage) {
                    events.add("+" + outage.node());
                  }
                })
            .build()) {
      var bucket =
          RedisLeakyBucket.<String>builder(store, "part")
              .limit(Limit.perSecond(1_000_000).burst(1_000_000).nodelay())
              .build();
      String last = keyOf("part:", MASTERS - 1);
      String other = keyOf("part:", 1);
      assertThat(bucket.check(last, 1).source()).isEqualTo(REMOTE);
      TestRedis stopped = servers.get(MASTERS - 1);
      stopped.signal("STOP");
      try {
        for (int i = 0; i < 100; i++) {
          assertThat(bucket.check(last, 1).source()).isEqualTo(FALLBACK);
          assertThat(bucket.check(other, 1).source()).as("call %s", i).isEqualTo(REMOTE);
        }
        assertThat(store.isAvailable()).isFalse();
      } finally {
        stopped.signal("CONT");
      }
      await("it serves again", () -> bucket.check(last, 1).source() == REMOTE);
      await("the store says so", store::isAvailable);
      String address = "127.0.0.1:" + stopped.port();
      assertThat(events).containsExactly("-" + address, "+" + address);
    }
  }

  /** Returns a key that, after the prefix, is the given master's. */
  private static String keyOf(String prefix, int master) {
    for (int i = 0; ; i++) {
      if (SlotHash.getSlot(prefix + i) * MASTERS / SLOTS == master) {
        return Integer.toString(i);
      }
    }
  }

  @Test
  void failover_ofTheKeysMaster_continuesOnItsReplica() {
    int burst = 20;
    Limit limit = Limit.perSecond(100).burst(burst).nodelay();
    String name = "failover";
    for (int i = 0; SlotHash.getSlot(name + ":hot") >= SLOTS / MASTERS; i++) {
      name = "failover" + i; // a name whose key is the first master's
    }
    try (RedisStore store =
        RedisStore.builder(client)
            .deadline(Duration.ofMillis(100))
            .breaker(5, Duration.ofMillis(50), Duration.ofMillis(500))
            .build()) {
      var bucket = RedisLeakyBucket.<String>builder(store, name).limit(limit).build();
      try (var traffic = new Traffic(List.of(bucket))) {
        traffic.await(REMOTE, 20);
        servers.get(0).kill();
        traffic.await(FALLBACK, 20);
        await(
            "the replica is promoted",
            () -> commands.get(MASTERS).info("replication").contains("role:master"));
        await("Redis decides again", () -> bucket.check("hot", 1).source() != FALLBACK);
        traffic.await(REMOTE, 20);
        long outages = store.snapshot().outages();
        assertThat(traffic.stop(100)).isLessThanOrEqualTo((burst + 1) * (3.0 + 2 * outages));
      }
    }
  }
}
