// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

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
  void mailService_isLimited() throws Exception {
    var application =
        new SpringApplication(
            MethodLimitsStartTest.App.class, Class.forName("com.example.MailService"));
    application.setWebApplicationType(WebApplicationType.NONE);
    String limit = "gatewaykit.ratelimit.mail: {rate: 60/m, burst: 20, applies-to: methods}\n";
    try (ConfigurableApplicationContext context = Server.run(application, limit)) {
      assertThat(AopUtils.isCglibProxy(context.getBean("mailService"))).isTrue();
    }
  }

  @Test
  void beans_areThoseOfThePage() throws Exception {
    String page = Files.readString(Path.of("../../../docs/spring-boot.md"));
    for (String name : List.of("GatewayBeans", "MailService")) {
      String source = Files.readString(Path.of("../src/test/java/com/example/" + name + ".java"));
      assertThat(page).contains(source.substring(source.indexOf("package ")));
    }
  }
}
