// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example of docs/spring-boot.md, with a slower rate, and its beans. */
class QuickStartTest {
  private static final String YAML =
      """
      gatewaykit:
        ratelimit.client: {rate: 10/h, burst: 9}
        waf.mode: block
      """;

  @Test
  void threeLines_limitAndInspectTheApplication() throws Exception {
    Class<?> beans = Class.forName("com.example.GatewayBeans");
    try (Server shop = Server.start(YAML, Shop.class, beans)) {
      HttpResponse<String> page = shop.get("/page");
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.headers().firstValue("RateLimit-Policy"))
          .contains("\"client\";q=10;w=3600;gw-burst=9");
      assertThat(shop.get("/page?q=1%27%20OR%20%271%27=%271").statusCode()).isEqualTo(403);
      assertThat(shop.get("/search?q=shoes").body()).isEqualTo("found shoes"); // costs 5
      assertThat(shop.statuses(4, "/page")).containsExactly(200, 200, 200, 429);
      HttpResponse<String> limited = shop.get("/page", "Origin", "https://app.example");
      assertThat(limited.headers().firstValue("Content-Type")).contains("application/problem+json");
      assertThat(limited.headers().firstValue("Retry-After")).isPresent();
      assertThat(limited.headers().firstValue("Access-Control-Allow-Origin"))
          .contains("https://app.example");
    }
  }

  @Test
  void beans_areThoseOfThePage() throws Exception {
    String source = Files.readString(Path.of("../src/test/java/com/example/GatewayBeans.java"));
    assertThat(Files.readString(Path.of("../../../docs/spring-boot.md")))
        .contains(source.substring(source.indexOf("package ")));
  }
}
