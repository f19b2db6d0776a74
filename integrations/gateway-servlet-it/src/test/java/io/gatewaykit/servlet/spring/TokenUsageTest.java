// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.ratelimit.ActualCost;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.gatewaykit.ratelimit.RequestKey;
import io.gatewaykit.servlet.GatewayFilter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;

/** A limit of tokens that settles to the usage in the body of the response. */
@Timeout(120)
class TokenUsageTest {
  private static final int ESTIMATE = 4_000;
  private static final int CAPACITY = 10_000;

  private final HttpClient client = HttpClient.newHttpClient();
  private final KeyedLeakyBucket<Object> tokens =
      KeyedLeakyBucket.builder()
          .limit(Limit.of(1, Duration.ofHours(1)).burst(CAPACITY - 1).nodelay())
          .build();

  @ParameterizedTest
  @EnumSource
  void responseBody_settlesTheReservation(SpringServer server) throws Exception {
    RateLimitGuard guard =
        RateLimitGuard.builder("tokens", tokens)
            .key(RequestKey.header("X-Key"))
            .cost(request -> ESTIMATE)
            .settle(ActualCost.jsonMember("total_tokens"))
            .build();
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(guard));
    try (ConfigurableApplicationContext app = server.start(filter, Map.of())) {
      assertThat(get(app, "/completion?tokens=1200", "json").body()).contains("1200");
      awaitRemaining("json", CAPACITY - 1_200);
      assertThat(get(app, "/completion-stream?tokens=800", "stream").body()).contains("[DONE]");
      awaitRemaining("stream", CAPACITY - 800);
      assertThat(get(app, "/hello", "text").body()).startsWith("hello");
      awaitRemaining("text", CAPACITY - ESTIMATE);
    }
  }

  /** The reservation is settled after the last byte was sent. */
  private void awaitRemaining(String key, long expected) {
    Object caller = requireNonNull(RequestKey.header("X-Key").apply(request(key)));
    await().until(() -> tokens.peek(caller, 1).remaining() == expected - 1);
  }

  private static GatewayRequest request(String key) {
    return RequestHead.builder("GET", "/").headers("X-Key", key).build();
  }

  private HttpResponse<String> get(ConfigurableApplicationContext app, String path, String key)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + SpringServer.port(app) + path);
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(uri).header("X-Key", key).build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return response;
  }
}
