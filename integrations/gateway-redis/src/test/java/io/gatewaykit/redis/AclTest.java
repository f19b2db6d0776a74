// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.Reservation;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A user with exactly the rights that the documentation lists. */
class AclTest {
  private static final Pattern COMMANDS = Pattern.compile("`[^`]*?((?:\\+[a-z]+ ?){2,})`");

  private final List<String> documented = documented();
  private final TestRedis server =
      TestRedis.fromMaven(
          ("--user limits on >secret ~chat:* " + String.join(" ", documented)).split(" "));
  private final RedisClient client =
      RedisClient.create(
          RedisURI.builder()
              .withHost("127.0.0.1")
              .withPort(server.port())
              .withAuthentication("limits", "secret".toCharArray())
              .build());
  private final RedisClient admin = RedisClient.create("redis://127.0.0.1:" + server.port());

  @BeforeEach
  void setOptions() {
    client.setOptions(RedisStore.clientOptions().build());
  }

  @AfterEach
  void close() {
    client.shutdown();
    admin.shutdown();
    server.close();
  }

  /** Returns the commands of the paragraph about the minimum permissions. */
  static List<String> documented() {
    try {
      String page = Files.readString(Path.of("../../docs/redis.md"));
      int start = page.indexOf("The minimum permissions:");
      String paragraph = page.substring(start, page.indexOf("`+info`", start));
      return COMMANDS
          .matcher(paragraph)
          .results()
          .flatMap(found -> List.of(found.group(1).split(" ")).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RedisStore open() {
    return RedisStore.builder(client)
        .deadline(Duration.ofSeconds(10))
        .breaker(1_000_000, Duration.ofMillis(1), Duration.ofMillis(10))
        .build();
  }

  private static RedisLeakyBucket<String> bucket(RedisStore store) {
    return RedisLeakyBucket.<String>builder(store, "chat")
        .limit(Limit.perSecond(100).burst(400).nodelay())
        .lease(4, Duration.ofMillis(100))
        .build();
  }

  /** Runs every operation of every limiter; returns those that Redis did not decide. */
  static List<String> failedOperations(RedisStore store) {
    var failed = new ArrayList<String>();
    RedisLeakyBucket<String> bucket = bucket(store);
    for (int i = 0; i < 3; i++) { // the second one prefetches
      bucket.check("a", 1);
    }
    bucket.reserve("a", 3, Duration.ZERO).settle(1);
    bucket.reserve("a", 3, Duration.ZERO).settle(5);
    bucket.charge("a", 2);
    bucket.peek("a", 1);
    bucket.reset("a");
    bucket.close();
    await().until(() -> store.snapshot().inFlight() == 0);
    if (bucket.snapshot().fallback() + bucket.snapshot().lostSettlements() > 0) {
      failed.add("bucket");
    }
    RedisWindowCounter<String> window =
        RedisWindowCounter.<String>builder(store, "chat")
            .fixed(Limit.of(1000, Duration.ofMinutes(1)))
            .sliding(Limit.perSecond(500))
            .slidingEstimate(Limit.of(500, Duration.ofSeconds(2)))
            .calendar(10_000, ChronoUnit.DAYS, ZoneOffset.UTC)
            .build();
    Reservation lower = window.reserve("w", 3, Duration.ZERO);
    lower.settle(1);
    window.reserve("w", 3, Duration.ZERO).settle(5);
    window.charge("w", 2);
    window.peek("w", 1);
    window.reset("w");
    await().until(() -> store.snapshot().inFlight() == 0);
    if (window.snapshot().fallback() + window.snapshot().lostSettlements() > 0) {
      failed.add("window");
    }
    RedisConcurrencyLimiter<String> permits =
        RedisConcurrencyLimiter.<String>builder(store, "chat").max(2).build();
    permits.tryAcquireAsync("c").join().ifPresent(permit -> permit.close());
    await().until(() -> store.snapshot().inFlight() == 0);
    if (permits.fallbacks() > 0 || permits.inUse("c").join() != 0) {
      failed.add("concurrency");
    }
    return failed;
  }

  @Test
  void documentedCommands_areEnough() {
    try (RedisStore store = open()) {
      assertThat(failedOperations(store)).isEmpty();
      RedisLeakyBucket<String> foreign =
          RedisLeakyBucket.<String>builder(store, "other").limit(Limit.perSecond(1)).build();
      assertThat(foreign.check("a", 1).source()).isEqualTo(Source.FALLBACK);
    }
  }

  @Test
  void documentedCommands_areEnoughAfterLostConnectionsAndScripts() {
    try (RedisStore store = open();
        var connection = admin.connect()) {
      assertThat(failedOperations(store)).isEmpty();
      connection.sync().scriptFlush();
      connection.sync().clientKill(KillArgs.Builder.typeNormal().skipme());
      RedisLeakyBucket<String> probe =
          RedisLeakyBucket.<String>builder(store, "chat").limit(Limit.perSecond(100)).build();
      await().until(() -> probe.check("again", 1).source() == Source.REMOTE);
      assertThat(failedOperations(store)).isEmpty();
    }
  }

  @Test
  void documentedCommands_areAllNecessary() {
    try (var connection = admin.connect()) {
      for (String command : documented) {
        var permissions = new ArrayList<>(documented);
        permissions.remove(command);
        permissions.add(0, "-@all");
        var arguments = new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("limits");
        permissions.forEach(arguments::add);
        String reply =
            connection
                .sync()
                .dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), arguments);
        assertThat(reply).isEqualTo("OK");
        connection.sync().scriptFlush();
        try (RedisStore store = open()) {
          assertThat(failedOperations(store)).as("without %s", command).isNotEmpty();
        }
      }
    }
  }
}
