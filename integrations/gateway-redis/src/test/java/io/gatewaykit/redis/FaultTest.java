// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static io.gatewaykit.ratelimit.Decision.Source.FALLBACK;
import static io.gatewaykit.ratelimit.Decision.Source.REMOTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Injects each fault of Redis while eight callers on two nodes request permits for one key. In
 * every case, admissions stay within the limit and the documented additions, no caller fails or
 * waits much longer than the deadline, and Redis decides again once it is available.
 */
class FaultTest {
  private static final int BURST = 20;
  private static final double RATE = 100;
  private static final Limit LIMIT = Limit.perSecond((long) RATE).burst(BURST).nodelay();

  /** Far more than a busy machine adds to the deadline, far less than any timeout of the client. */
  private static final Duration LATE = Duration.ofMillis(1500);

  private final TestRedis server = TestRedis.fromMaven();
  private final TestProxy proxy = new TestProxy(server.port());
  private final RedisClient admin = server.client();
  private final RedisCommands<String, String> redis = admin.connect().sync();
  private final List<RedisClient> clients = new ArrayList<>();
  private final List<RedisStore> stores = new ArrayList<>();
  private final List<RedisLeakyBucket<String>> nodes = new ArrayList<>();
  private final AtomicInteger outages = new AtomicInteger();
  private final AtomicInteger recoveries = new AtomicInteger();
  private Traffic traffic = new Traffic(List.of());

  /** Starts with a short deadline, for faults that delay or lose replies. */
  private void startHasty() {
    start(Duration.ofMillis(100));
  }

  /** Starts with a deadline that a busy machine does not exceed, for faults without effect. */
  private void startPatient() {
    start(Duration.ofSeconds(10));
  }

  private void start(Duration deadline) {
    for (int i = 0; i < 2; i++) {
      RedisClient client = RedisClient.create(TestRedis.uri(proxy.port()));
      client.setOptions(RedisStore.clientOptions().build());
      clients.add(client);
      RedisStore store =
          RedisStore.builder(client)
              .deadline(deadline)
              .breaker(5, Duration.ofMillis(50), Duration.ofMillis(200))
              .listener(
                  new RedisStoreListener() {
                    @Override
                    public void onUnavailable(RedisOutage outage) {
                      assertThat(outage.cause()).isNotEmpty();
                      outages.incrementAndGet();
                    }

                    @Override
                    public void onAvailable(RedisOutage outage) {
                      recoveries.incrementAndGet();
                    }
                  })
              .build();
      stores.add(store);
      nodes.add(RedisLeakyBucket.<String>builder(store, "fault").limit(LIMIT).nodes(2).build());
    }
    traffic = new Traffic(nodes);
    traffic.await(REMOTE, 10);
  }

  @AfterEach
  void end() {
    traffic.close();
    stores.forEach(RedisStore::close);
    clients.forEach(RedisClient::shutdown);
    admin.shutdown();
    proxy.close();
    server.close();
  }

  private void awaitRecovery() {
    Awaitility.await("all nodes ask Redis again")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> stores.stream().allMatch(RedisStore::isAvailable));
    traffic.await(REMOTE, 20);
  }

  /**
   * Ends the test: each loss of state may admit one more burst, and each outage two: one by the
   * shares of all nodes, and one because Redis does not know of it. While one node has Redis again
   * and another has not, that one's share comes on top.
   */
  private void assertAdmitted(int losses) {
    double worst = traffic.stop(RATE);
    assertThat(worst)
        .as("admitted beyond the rate; decisions by %s", traffic.sources())
        .isLessThanOrEqualTo(
            (BURST + 1) * (1 + losses + 2 * outages.get())
                + RATE / nodes.size() * traffic.secondsOfBoth()
                + 0.01);
    assertThat(traffic.latency(0.99)).isLessThan(LATE);
    assertThat(recoveries).hasValueGreaterThanOrEqualTo(outages.get() - nodes.size());
  }

  @Test
  void noFault_isExact() {
    startPatient();
    traffic.flow(Duration.ofMillis(500));
    assertAdmitted(0);
    assertThat(traffic.count(FALLBACK)).isZero();
  }

  @Test
  void stoppedServer_goesByTheShare_andReturns() {
    startHasty();
    server.signal("STOP");
    traffic.await(FALLBACK, 500);
    assertThat(outages).hasPositiveValue();
    server.signal("CONT");
    awaitRecovery();
    assertAdmitted(0);
  }

  @Test
  void killedServer_appliesTheShare_andReturns() {
    startHasty();
    server.kill();
    traffic.await(FALLBACK, 500);
    server.start();
    awaitRecovery();
    assertAdmitted(1);
  }

  @Test
  void flushedScripts_areLoadedAgain_unnoticed() {
    startPatient();
    for (int i = 0; i < 20; i++) {
      redis.scriptFlush();
      traffic.await(REMOTE, 5);
    }
    assertAdmitted(0);
    assertThat(traffic.count(FALLBACK)).isZero();
    long loads = stores.stream().mapToLong(s -> s.snapshot().scriptLoads()).sum();
    assertThat(loads).as("one for each node and flush, and the first").isBetween(20L, 42L);
  }

  @Test
  void flushedKeys_grantABurstEach() {
    startPatient();
    for (int i = 0; i < 3; i++) {
      redis.flushall();
      traffic.await(REMOTE, 20);
    }
    assertAdmitted(3);
    assertThat(traffic.count(FALLBACK)).isZero();
  }

  @Test
  void failover_toAReplica_continues() {
    failOver(TestRedis.fromMaven("--replicaof", "127.0.0.1", Integer.toString(server.port())));
  }

  @ParameterizedTest
  @ValueSource(ints = {-5, 5})
  void failover_toAReplica_whoseClockDiffers_continues(int seconds) {
    failOver(
        TestRedis.fromMaven(
            Duration.ofSeconds(seconds),
            "--replicaof",
            "127.0.0.1",
            Integer.toString(server.port())));
  }

  private void failOver(TestRedis successor) {
    startHasty();
    try (TestRedis replica = successor) {
      RedisClient client = replica.client();
      try {
        RedisCommands<String, String> other = client.connect().sync();
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> other.info("replication").contains("master_link_status:up"));
        server.kill();
        traffic.await(FALLBACK, 100);
        other.replicaofNoOne();
        proxy.target(replica.port());
        awaitRecovery();
        traffic.flow(Duration.ofMillis(500)); // more than a full bucket takes: nothing is stuck
        long before = traffic.admitted();
        traffic.flow(Duration.ofMillis(500));
        assertThat(traffic.admitted() - before).as("in half a second").isBetween(25L, 75L);
        assertAdmitted(1);
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void readOnlyReplica_isNotQueried() {
    startPatient();
    redis.replicaof("127.0.0.1", 1);
    traffic.await(FALLBACK, 200);
    redis.replicaofNoOne();
    awaitRecovery();
    assertAdmitted(0);
  }

  @Test
  void slowNetwork_neverDelaysBeyondTheDeadline() {
    startHasty();
    proxy.delay(Duration.ofMillis(200));
    traffic.await(FALLBACK, 500);
    proxy.delay(Duration.ZERO);
    awaitRecovery();
    assertAdmitted(0);
  }

  @Test
  void deadNetwork_isReconnected() {
    startHasty();
    proxy.swallow(true);
    traffic.await(FALLBACK, 500);
    proxy.swallow(false); // swallowed data stays lost: the old connections never reply again
    awaitRecovery();
    assertAdmitted(0);
  }

  @Test
  void cutConnections_areMadeAgain() {
    startHasty();
    for (int i = 0; i < 5; i++) {
      proxy.cut();
      traffic.await(REMOTE, 10);
    }
    awaitRecovery();
    assertAdmitted(10);
  }

  @Test
  void fullMemory_appliesTheShare_andReturns() {
    startPatient();
    redis.configSet("maxmemory", "1");
    traffic.await(FALLBACK, 200);
    redis.configSet("maxmemory", "0");
    awaitRecovery();
    assertAdmitted(0);
  }

  @Test
  void eviction_grantsABurstEach() {
    startPatient();
    redis.configSet("maxmemory-policy", "allkeys-random");
    long memory = usedMemory();
    redis.configSet("maxmemory", Long.toString(memory + 300_000));
    for (int i = 0; i < 300; i++) {
      redis.set("filler" + i, "x".repeat(10_000), SetArgs.Builder.ex(60));
    }
    awaitRecovery();
    long evictions = number(redis.info("stats"), "evicted_keys:");
    assertThat(evictions).isPositive();
    assertAdmitted((int) evictions);
  }

  private long usedMemory() {
    return number(redis.info("memory"), "used_memory:");
  }

  private static long number(String info, String name) {
    int at = info.indexOf(name) + name.length();
    return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
  }

  @Test
  void foreignValue_isRejectedOrRepaired_forItsKeyOnly() {
    startPatient();
    redis.del("fault:other");
    redis.lpush("fault:other", "not ours");
    assertThat(nodes.get(0).check("other", 1).source()).isEqualTo(FALLBACK);
    assertThat(redis.llen("fault:other")).as("left alone").isEqualTo(1);
    assertThat(stores).as("other keys are served").allMatch(RedisStore::isAvailable);
    redis.set("fault:text", "garbage");
    assertThat(nodes.get(0).check("text", 1).source()).isEqualTo(REMOTE);
    assertThat(nodes.get(0).snapshot().repaired()).isEqualTo(1);
    assertThat(redis.get("fault:text")).matches("\\d+(:\\d+){4}");
    assertAdmitted(0);
  }
}
