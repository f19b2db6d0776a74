// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.spring.boot.it.Server.Kind;
import java.io.IOException;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** The properties have their effect in front of an application with Spring Security. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ShopContract {
  private static final String LOGIN = "Basic dTpw"; // u:p
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String SCRIPT = "text=%3Cscript%3Ealert(1)%3C%2Fscript%3E";

  /** The first line is a property of the application: the prefix gateway is not ours. */
  private static final String YAML =
      """
      gateway: {url: 'http://127.0.0.1', ratelimit: mine}
      spring.servlet.multipart: {max-file-size: 1MB, max-request-size: 1MB}
      management.endpoints.web.exposure.include: [health, metrics, gatewaykit]
      gatewaykit:
        client-address: {header: x-forwarded-for, trusted-proxies: [127.0.0.0/8, 10.0.0.0/8]}
        filter: {rewrite-remote-address: true}
        ratelimit:
          page: {rate: 2/h, burst: 1, exempt: [192.0.2.1]}
          user: {rate: 2/h, burst: 1, key: principal}
          api: {rate: 1/h, key: 'header:X-Api-Key'}
          bean: {rate: 1/h, key: '@tenant'}
          shadow: {rate: 1/h, shadow: true}
        concurrency:
          one: {max: 1, key: all}
        waf:
          exclusions:
          - {family: xss, target: arg, name: text, path: /comments}
        routes:
        - {name: page, path: /page, limits: [page]}
        - {name: orders, path: /orders, limits: [user]}
        - {name: api, path: /api, limits: [api]}
        - {name: bean, path: /tenants, limits: [bean]}
        - {name: search, path: /search, limits: [shadow, one]}
        - {name: raw, path: /thread, waf: false}
      """;

  private final Kind kind;
  private final boolean virtualThreads;
  private @Nullable Server started;

  ShopContract(Kind kind, boolean virtualThreads) {
    this.kind = kind;
    this.virtualThreads = virtualThreads;
  }

  @BeforeAll
  void start() throws IOException {
    started =
        Server.start(
            kind,
            YAML + "spring.threads.virtual.enabled: " + virtualThreads,
            Shop.class,
            Tenants.class);
  }

  @AfterAll
  void stop() {
    shop().close();
  }

  private Server shop() {
    return requireNonNull(started, "started");
  }

  @Test
  void limit_byClientAddress_separatesClientsBehindTheProxy() throws Exception {
    assertThat(shop().statuses(3, "/page", "X-Forwarded-For", "203.0.113.7"))
        .containsExactly(200, 200, 429);
    assertThat(shop().statuses(3, "/page", "X-Forwarded-For", "198.51.100.9, 203.0.113.7"))
        .containsExactly(429, 429, 429);
    HttpResponse<String> other = shop().get("/page", "X-Forwarded-For", "203.0.113.8, 10.1.2.3");
    assertThat(other.body()).isEqualTo("page for 203.0.113.8");
    assertThat(shop().statuses(4, "/page", "X-Forwarded-For", "192.0.2.1"))
        .containsExactly(200, 200, 200, 200);
  }

  @Test
  void limit_byPrincipal_appliesBehindSpringSecurity() throws Exception {
    assertThat(shop().statuses(3, "/orders")).containsExactly(401, 401, 401);
    assertThat(shop().statuses(4, "/orders", "Authorization", LOGIN))
        .containsExactly(200, 200, 429, 429);
    HttpResponse<String> limited = shop().get("/orders", "Authorization", LOGIN);
    assertThat(limited.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(limited.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  @Test
  void limit_byHeader_fallsBackToTheAddress() throws Exception {
    assertThat(shop().statuses(2, "/api", "X-Api-Key", "a")).containsExactly(404, 429);
    assertThat(shop().statuses(2, "/api", "X-Api-Key", "b")).containsExactly(404, 429);
    assertThat(shop().statuses(2, "/api")).containsExactly(404, 429);
  }

  @Test
  void limit_byBean() throws Exception {
    assertThat(shop().statuses(2, "/tenants", "X-Tenant", "a")).containsExactly(404, 429);
    assertThat(shop().statuses(3, "/tenants")).containsExactly(404, 404, 404);
  }

  @Test
  void limit_inShadow_admits() throws Exception {
    assertThat(shop().statuses(3, "/search?q=a")).containsExactly(200, 200, 200);
  }

  @Test
  void firewall_inspectsQueriesAndForms_exceptWhatIsExcluded() throws Exception {
    HttpResponse<String> attack = shop().get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E");
    assertThat(attack.statusCode()).isEqualTo(403);
    assertThat(attack.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(shop().post("/comments", FORM, SCRIPT).body())
        .isEqualTo("comment <script>alert(1)</script>");
    assertThat(shop().post("/comments", FORM, "text=a&other=" + SCRIPT.substring(5)).statusCode())
        .isEqualTo(403);
    assertThat(shop().get("/thread?q=%3Cscript%3Ealert(1)%3C/script%3E").statusCode())
        .isEqualTo(200);
  }

  @Test
  void upload_reachesTheApplication() throws Exception {
    String body =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\n"
            + "hello\r\n--b--\r\n";
    assertThat(shop().post("/files", "multipart/form-data; boundary=b", body).body())
        .isEqualTo("f.txt 5");
  }

  @Test
  void csrfProtection_remains() throws Exception {
    assertThat(shop().post("/checkout", FORM, "a=b").statusCode()).isEqualTo(403);
    assertThat(shop().post("/checkout", FORM, "a=b", "Authorization", LOGIN).statusCode())
        .isEqualTo(403);
  }

  @Test
  void errorPage_isThatOfTheApplication() throws Exception {
    HttpResponse<String> missing = shop().get("/missing", "Accept", "application/json");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("\"path\":\"/missing\"");
  }

  @Test
  void actuator_isServed_butInspectedByTheOtherRules() throws Exception {
    assertThat(shop().get("/actuator/health").statusCode()).isEqualTo(200);
    assertThat(shop().get("/actuator/health?q=%3Cscript%3Ealert(1)%3C/script%3E").statusCode())
        .isEqualTo(403);
    assertThat(shop().get("/server-status").statusCode()).isEqualTo(403);
  }

  @Test
  void endpoint_reportsLimitsFirewallAndRoutes() throws Exception {
    assertThat(shop().get("/search?q=%3Cscript%3Ealert(2)%3C/script%3E").statusCode())
        .isEqualTo(403);
    assertThat(shop().get("/actuator/gatewaykit").body())
        .contains("\"user\":{\"type\":\"ratelimit\",\"allowed\":", "\"afterAuthentication\":true")
        .contains("\"mode\":\"BLOCK\",\"threshold\":5", "\"hits\":{\"xss-")
        .contains(
            "\"name\":\"search\",\"path\":\"/search\"", "\"guards\":[\"shadow\",\"one\",\"waf\"]")
        .contains("\"waiting\":{");
    assertThat(shop().get("/actuator/gatewaykit/explain?method=GET&target=/orders").body())
        .contains("\"routes\":[\"orders\"]", "path does not match /page");
    assertThat(shop().get("/actuator/gatewaykit/other?method=GET&target=/").statusCode())
        .isEqualTo(404);
  }

  @Test
  void meters_countDecisions() throws Exception {
    assertThat(shop().get("/search?q=a").statusCode()).isEqualTo(200);
    assertThat(shop().get("/actuator/metrics/gateway.ratelimit.requests?tag=limiter:shadow").body())
        .contains("\"COUNT\"");
    assertThat(shop().get("/search?q=%3Cscript%3Ealert(3)%3C/script%3E").statusCode())
        .isEqualTo(403);
    assertThat(shop().get("/actuator/metrics/gateway.guard.rejections").statusCode())
        .isEqualTo(200);
    assertThat(shop().get("/actuator/metrics/http.server.requests?tag=status:403").statusCode())
        .isEqualTo(200);
  }

  @Test
  void virtualThreads_areUsedIfEnabled() throws Exception {
    boolean virtual = virtualThreads && Runtime.version().feature() >= 21;
    assertThat(shop().get("/thread").body().startsWith("VirtualThread")).isEqualTo(virtual);
  }
}
