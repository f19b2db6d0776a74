// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;

/** The configuration of docs/servlet.md works unchanged. */
class DocsSnippetTest {
  @Test
  void configuration_limitsTheApplication() throws Exception {
    Class<?> configuration = Class.forName("com.example.GatewayConfiguration");
    try (ConfigurableApplicationContext context =
        SpringServer.TOMCAT.start(Map.of(), Pages.class, configuration)) {
      var client = HttpClient.newHttpClient();
      URI page = URI.create("http://127.0.0.1:" + SpringServer.port(context) + "/page");
      int limited = 0;
      for (int i = 0; i < 200 && limited == 0; i++) { // 40 at once, then 20 a second
        int status =
            client
                .send(HttpRequest.newBuilder(page).build(), BodyHandlers.discarding())
                .statusCode();
        assertThat(status).isIn(401, 429); // Spring Security requires a login by default
        limited += status == 429 ? 1 : 0;
      }
      assertThat(limited).isPositive();
    }
    String source =
        Files.readString(Path.of("../src/test/java/com/example/GatewayConfiguration.java"));
    String withoutHeader = source.substring(source.indexOf("package "));
    assertThat(Files.readString(Path.of("../../../docs/servlet.md"))).contains(withoutHeader);
  }
}
