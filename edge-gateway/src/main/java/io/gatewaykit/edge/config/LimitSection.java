// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.edge.config.GatewayConfig.LimitConfig;
import io.gatewaykit.edge.config.GatewayConfig.LimitKey;
import io.gatewaykit.edge.config.GatewayConfig.RedisConfig;
import io.gatewaykit.redis.FailurePolicy;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the rate limits and the settings of their Redis. */
final class LimitSection {
  private static final Scalar<String> REDIS_URI =
      Scalar.text(
          "a URI such as redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT",
          text -> text.length() <= 1024);

  private static final Scalar<String> MEMBER =
      Scalar.text(
          "the name of a JSON member, such as total_tokens",
          text -> text.matches("[A-Za-z0-9_.-]{1,64}"));

  private LimitSection() {}

  static RedisConfig redis(YamlMap map) {
    String uri = map.required("uri", REDIS_URI);
    if (uri != null && !isRedisUri(uri)) { // the value may contain a password
      map.problems().add(map.where("uri"), map.at("uri"), "another value", REDIS_URI.expected());
    }
    return new RedisConfig(
        uri == null ? "redis://127.0.0.1" : uri, // already reported as a problem; never applied
        map.scalar("prefix", ConfigReader.NAME, "edge"),
        map.scalar(
            "deadline",
            Scalar.duration(Duration.ofMillis(1), Duration.ofSeconds(10)),
            Duration.ofMillis(25)),
        map.scalar("nodes", Scalar.integer(1, 10_000), 1),
        map.scalar("on-failure", Scalar.oneOf(FailurePolicy.class), FailurePolicy.LOCAL));
  }

  private static boolean isRedisUri(String text) {
    try {
      return RedisURI.create(text).getHost() != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static LimitConfig limit(String name, YamlMap map, @Nullable RedisConfig redis) {
    boolean hasRedis = redis != null;
    if (ConfigReader.NAME.parser().parse(name) == null) {
      map.problems().add(map.where(""), map.at("name"), name, ConfigReader.NAME.expected());
    }
    Scalar.Rate rate = map.required("rate", Scalar.RATE_LIMIT);
    if (rate == null) {
      // already reported as a problem; never applied
      rate = new Scalar.Rate(1, Duration.ofSeconds(1));
    }
    boolean shared = map.scalar("shared", Scalar.BOOLEAN, hasRedis);
    if (shared && !hasRedis) {
      map.problems()
          .add(map.where("shared"), map.at("shared"), "true", "false, or a top-level field redis");
    }
    if (shared && redis != null && redis.nameOf(name).length() > RedisConfig.MAX_NAME) {
      int rest = RedisConfig.MAX_NAME - redis.nameOf("").length();
      map.problems()
          .add(
              map.where(""),
              map.at("name"),
              name,
              "a name of at most " + rest + " characters after the redis prefix, or shared: false");
    }
    int burst = map.scalar("burst", Scalar.integer(0, 1_000_000), 0);
    int cost = map.scalar("cost", Scalar.integer(1, 1_000_000), 1);
    if (cost > burst + 1) {
      map.problems()
          .add(map.where("cost"), map.at("cost"), "" + cost, "at most burst + 1, " + (burst + 1));
    }
    return new LimitConfig(
        name,
        rate.permits(),
        rate.period(),
        burst,
        map.scalar("mode", Scalar.oneOf(LimitMode.class), LimitMode.NODELAY) == LimitMode.DELAY,
        map.scalar("key", Scalar.oneOf(LimitKey.class), LimitKey.CLIENT_ADDRESS),
        map.scalar("shadow", Scalar.BOOLEAN, false),
        map.scalar("max-keys", Scalar.integer(1_024, 10_000_000), 100_000),
        shared,
        cost,
        map.scalar("settle", MEMBER, ""));
  }

  /** The treatment of a burst, in the terms of nginx. */
  private enum LimitMode {
    NODELAY,
    DELAY
  }
}
