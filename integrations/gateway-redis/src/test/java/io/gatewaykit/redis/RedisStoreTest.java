// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.ratelimit.Balance;
import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.ratelimit.Reservation;
import io.lettuce.core.RedisClient;
import io.lettuce.core.StaticCredentialsProvider;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The start and end of a store, and its errors for a Redis that it cannot use. */
class RedisStoreTest {
  /** Refunds, excess costs, charges and resets that Redis did not take. */
  @Test
  void settlements_redisUnavailable_areCountedAsLost() {
    try (TestRedis other = TestRedis.fromMaven()) {
      RedisClient otherClient = other.client();
      try (RedisStore gone =
          RedisStore.builder(otherClient).deadline(Duration.ofSeconds(2)).build()) {
        RedisLeakyBucket<String> bucket =
            RedisLeakyBucket.<String>builder(gone, "bucket")
                .limit(Limit.perSecond(10).burst(9))
                .build();
        RedisWindowCounter<String> window =
            RedisWindowCounter.<String>builder(gone, "window").fixed(Limit.perSecond(10)).build();
        var open = new ArrayList<Reservation>();
        for (RateLimiter<String> limiter : List.of(bucket, window)) {
          open.add(limiter.reserve("k", 2, Duration.ofDays(1)));
          open.add(limiter.reserve("k", 2, Duration.ofDays(1)));
        }
        other.kill();
        open.get(0).settle(1);
        open.get(1).settle(3);
        open.get(2).settle(1);
        open.get(3).settle(3);
        Balance share = bucket.charge("k", 7);
        assertThat(share.resetAfter()).as("booked in this process").isPositive();
        window.charge("k", 7);
        await()
            .untilAsserted(() -> {
              assertThat(bucket.snapshot().lostSettlements()).isEqualTo(3);
              assertThat(window.snapshot().lostSettlements()).isEqualTo(3);
            });
        bucket.reset("k");
        window.reset("k");
        assertThat(bucket.snapshot().lostSettlements()).isEqualTo(4);
        assertThat(window.snapshot().lostSettlements()).isEqualTo(4);
      } finally {
        otherClient.shutdown();
      }
    }
  }

  private static final Limit LIMIT = Limit.of(1, Duration.ofMinutes(1)).burst(3).nodelay();

  private static RedisClient client(int port) {
    RedisClient client = RedisClient.create(TestRedis.uri(port));
    client.setOptions(RedisStore.clientOptions().build());
    return client;
  }

  private static int closedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void build_unreachableServer_isReported() throws Exception {
    RedisClient client = client(closedPort());
    try {
      assertThatThrownBy(() -> RedisStore.builder(client).build())
          .isInstanceOf(RedisStoreException.class)
          .hasMessageContaining("Redis cannot be used: ")
          .hasMessageContaining("Connection refused");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void build_wrongPassword_isReported_evenIfItMayStartWithout() {
    try (TestRedis server = TestRedis.fromMaven("--requirepass", "secret")) {
      RedisClient client = server.client();
      try {
        assertThatThrownBy(() -> RedisStore.builder(client).startWithoutRedis().build())
            .isInstanceOf(RedisStoreException.class)
            .hasMessageContaining("NOAUTH");
        var uri = server.uri();
        uri.setCredentialsProvider(new StaticCredentialsProvider(null, "wrong".toCharArray()));
        assertThatThrownBy(() -> RedisStore.builder(client, uri).build())
            .isInstanceOf(RedisStoreException.class)
            .hasMessageContaining("WRONGPASS");
        uri.setCredentialsProvider(new StaticCredentialsProvider(null, "secret".toCharArray()));
        RedisStore.builder(client, uri).build().close();
      } finally {
        client.shutdown();
      }
    }
  }

  /** Answers as an old server does, as far as a client that connects goes. */
  private static void answerAsRedis5(Socket socket) {
    try (socket;
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      var out = socket.getOutputStream();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String answer =
            switch (line.toUpperCase(Locale.ROOT)) {
              case "HELLO" -> "-ERR unknown command `HELLO`\r\n";
              case "PING" -> "+PONG\r\n";
              case "CLIENT" -> "+OK\r\n";
              case "INFO" -> "$24\r\nredis_version:5.0.14\r\nx:\r\n";
              default -> "";
            };
        out.write(answer.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      // the client has gone
    }
  }

  @Test
  void build_oldVersion_isReported() throws Exception {
    try (var listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      var thread =
          new Thread(() -> {
            while (!listener.isClosed()) {
              try {
                Socket socket = listener.accept();
                new Thread(() -> answerAsRedis5(socket), "old redis").start();
              } catch (IOException e) {
                return;
              }
            }
          });
      thread.start();
      RedisClient client = client(listener.getLocalPort());
      try {
        assertThatThrownBy(() -> RedisStore.builder(client).startWithoutRedis().build())
            .isInstanceOf(RedisStoreException.class)
            .hasMessage("Redis is too old: version 5.0.14 (expected: 6 or later)");
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void build_mayStartWithout_appliesTheFailurePolicyUntilRedisIsAvailable() {
    try (TestRedis server = TestRedis.fromMaven()) {
      server.kill();
      RedisClient client = server.client();
      try (RedisStore store =
          RedisStore.builder(client)
              .breaker(1, Duration.ofMillis(10), Duration.ofMillis(50))
              .deadline(Duration.ofSeconds(2))
              .startWithoutRedis()
              .build()) {
        RedisLeakyBucket<String> bucket =
            RedisLeakyBucket.<String>builder(store, "later").limit(LIMIT).build();
        Decision decision = bucket.check("k", 1);
        assertThat(decision.source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(decision.remaining()).isEqualTo(3);
        assertThat(store.isAvailable()).isFalse();
        server.start();
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> bucket.check("other", 1).source() != Decision.Source.FALLBACK);
        assertThat(store.isAvailable()).isTrue();
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void failurePolicies_decideWhileRedisIsUnavailable() {
    try (TestRedis server = TestRedis.fromMaven()) {
      RedisClient client = server.client();
      try (RedisStore store =
          RedisStore.builder(client)
              .breaker(1, Duration.ofMinutes(1), Duration.ofMinutes(1))
              .deadline(Duration.ofSeconds(2))
              .build()) {
        RedisLeakyBucket<String> open = bucket(store, FailurePolicy.OPEN, 1);
        RedisLeakyBucket<String> closed = bucket(store, FailurePolicy.CLOSED, 1);
        RedisLeakyBucket<String> local = bucket(store, FailurePolicy.LOCAL, 1);
        RedisLeakyBucket<String> shared = bucket(store, FailurePolicy.LOCAL, 2);
        local.check("used", 3);
        server.kill();
        assertThat(open.check("k", 100).admitted()).isTrue();
        assertThat(closed.check("k", 1).retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(local.check("k", 4).admitted()).isTrue();
        assertThat(local.check("k", 1).admitted()).isFalse();
        assertThat(local.check("used", 1).admitted()).as("what it used before counts").isTrue();
        assertThat(local.check("used", 1).admitted()).isFalse();
        assertThat(shared.check("k", 3).outcome())
            .as("half of the burst holds no more")
            .isEqualTo(Decision.Outcome.IMPOSSIBLE);
        assertThat(shared.check("k", 2).admitted()).isTrue();
        Decision rejected = shared.check("k", 1);
        assertThat(rejected.retryAfter()).isBetween(Duration.ofSeconds(100), Duration.ofMinutes(2));
        assertThat(rejected.limit()).as("clients are told the limit they know").isEqualTo(LIMIT);
        assertThat(rejected.source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(shared.snapshot().fallback()).isEqualTo(3);
        assertThat(store.snapshot().outages()).isEqualTo(1);
        local.reserve("r", 4, Duration.ZERO).cancel();
        assertThat(local.check("r", 4).admitted()).as("local permits can be given back").isTrue();
      } finally {
        client.shutdown();
      }
    }
  }

  private static RedisLeakyBucket<String> bucket(
      RedisStore store, FailurePolicy policy, int nodes) {
    return RedisLeakyBucket.<String>builder(store, "policy" + policy + nodes)
        .limit(LIMIT)
        .failurePolicy(policy)
        .nodes(nodes)
        .build();
  }

  @Test
  void close_leavesTheClientOpen_andEndsCallsInFlight() throws Exception {
    try (TestRedis server = TestRedis.fromMaven()) {
      RedisClient client = server.client();
      try (var connection = client.connect()) {
        RedisStore store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build();
        RedisLeakyBucket<String> bucket =
            RedisLeakyBucket.<String>builder(store, "closing").limit(LIMIT).build();
        bucket.check("k", 1);
        server.signal("STOP");
        var first = bucket.checkAsync("k", 1);
        var waiting = bucket.checkAsync("k", 1);
        store.close();
        assertThat(first.get().source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(waiting.get().source()).isEqualTo(Decision.Source.FALLBACK);
        server.signal("CONT");
        assertThat(bucket.check("k", 1).source()).isEqualTo(Decision.Source.FALLBACK);
        assertThat(connection.sync().ping()).isEqualTo("PONG");
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void maxInFlight_exceeded_appliesTheFailurePolicyImmediately() {
    try (TestRedis server = TestRedis.fromMaven()) {
      RedisClient client = server.client();
      try (RedisStore store =
          RedisStore.builder(client).deadline(Duration.ofSeconds(10)).maxInFlight(5).build()) {
        RedisLeakyBucket<String> bucket =
            RedisLeakyBucket.<String>builder(store, "many").limit(LIMIT).build();
        bucket.check("warm", 1);
        server.signal("STOP");
        int answered = 0;
        for (int i = 0; i < 100; i++) {
          answered += bucket.checkAsync("k" + i, 1).isDone() ? 1 : 0;
          answered += bucket.checkAsync("one", 1).isDone() ? 1 : 0;
        }
        assertThat(answered).isBetween(189, 191);
        assertThat(store.snapshot().inFlight()).isEqualTo(5);
        server.signal("CONT");
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void builder_badArguments_areNamed() {
    RedisClient client = RedisClient.create();
    RedisStore.Builder builder = RedisStore.builder(client);
    assertThatThrownBy(() -> builder.deadline(Duration.ZERO))
        .hasMessage("deadline: PT0S (expected: PT0.001S..PT10S)");
    assertThatThrownBy(() -> builder.breaker(0, Duration.ofMillis(1), Duration.ofMillis(1)))
        .hasMessage("failures: 0 (expected: 1..1000000)");
    assertThatThrownBy(() -> builder.breaker(1, Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessage("shortest: PT2S (expected: PT0.001S..PT1S)");
    assertThatThrownBy(() -> builder.maxInFlight(0))
        .hasMessage("maxInFlight: 0 (expected: 1..1000000)");
    client.shutdown();
  }
}
