// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/** The example of the first page: one dependency and three lines. */
class QuickStartTest {
  private static final String YAML =
      """
      gatewaykit:
        ratelimit.client: {rate: 10/h, burst: 9}
        waf.mode: block
      """;

  @Test
  void threeLines_limitAndInspectTheApplication() throws Exception {
    try (Server shop = Server.start(YAML, Shop.class)) {
      HttpResponse<String> page = shop.get("/page");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("RateLimit-Policy"))
          .contains("\"client\";q=10;w=3600;gw-burst=9");
      HttpResponse<String> attack = shop.get("/search?q=1%27%20OR%20%271%27=%271");
      assertThat(attack.statusCode()).isEqualTo(403);
      assertThat(shop.get("/search?q=shoes").body()).isEqualTo("found shoes");
      assertThat(shop.statuses(9, "/page"))
          .containsExactly(200, 200, 200, 200, 200, 200, 200, 429, 429);
      HttpResponse<String> limited = shop.get("/page");
      assertThat(limited.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(limited.headers().firstValue("Retry-After")).isPresent();
    }
  }
}
