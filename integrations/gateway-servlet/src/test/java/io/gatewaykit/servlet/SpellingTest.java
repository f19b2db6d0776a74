// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.TckServer;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A policy selected by path cannot be bypassed by another spelling of the path. */
@Timeout(120)
class SpellingTest {
  private static final int TARGETS = 300; // for each of the two guarded paths

  /** Answers with its name and the path it sees. */
  private static final class Named extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String seen = name + " " + request.getRequestURI() + " " + request.getQueryString();
      response.getOutputStream().write(seen.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static GuardChain rejecting() {
    return GuardChain.of(
        new Guard() {
          @Override
          public String name() {
            return "rejecting";
          }

          @Override
          public Verdict onHead(GatewayRequest request) {
            return Verdict.reject(Rejection.builder(429, "no", "Too Many Requests").build());
          }
        });
  }

  private static TckServer start(Container container, boolean relaxed, GuardSelector guards)
      throws Exception {
    return container.start(
        context -> {
          FilterRegistration.Dynamic gateway =
              context.addFilter("gateway", GatewayFilter.builder().guards(guards).build());
          gateway.setAsyncSupported(true);
          gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
          for (String name : List.of("chat", "admin", "static")) {
            context.addServlet(name, new Named(name)).addMapping("/" + name + "/*");
          }
          context.addServlet("other", new Named("other")).addMapping("/");
        },
        relaxed);
  }

  private static String get(TckServer server, String target) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      RawResponse response =
          client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").read();
      return response.status() + " " + (response.status() == 200 ? response.body() : "");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "JETTY, false",
    "JETTY, true",
    "TOMCAT, false",
    "TOMCAT, true",
    "UNDERTOW, false",
    "UNDERTOW, true"
  })
  void servlets_areReachedOnlyByTheirPolicy(Container container, boolean relaxed) throws Exception {
    RouteTable<GuardChain> routes =
        RouteTable.of(
            Route.builder("chat", rejecting()).pathPrefix("/chat").build(),
            Route.builder("admin", rejecting()).pathPrefix("/admin").build(),
            Route.builder("all", GuardChain.empty()).pathPrefix("/").build());
    try (TckServer server =
        start(container, relaxed, request -> requireNonNull(routes.match(request)).target())) {
      var targets = new ArrayList<>(Spellings.of("chat", TARGETS, 1));
      targets.addAll(Spellings.of("admin", TARGETS, 2));
      int limited = 0;
      for (String target : targets) {
        String response = get(server, target);
        assertThat(response).as(target).doesNotStartWith("200 chat").doesNotStartWith("200 admin");
        assertThat(response).as(target).doesNotStartWith("50");
        limited += response.startsWith("429") ? 1 : 0;
      }
      assertThat(limited).isGreaterThan(5);
      assertThat(get(server, "/static/x")).isEqualTo("200 static /static/x null");
    }
  }

  /**
   * An application behind one servlet, which resolves the path itself or matches the raw target:
   * some reading of the target is the path that it serves.
   */
  @ParameterizedTest
  @CsvSource({
    "JETTY, false",
    "JETTY, true",
    "TOMCAT, false",
    "TOMCAT, true",
    "UNDERTOW, false",
    "UNDERTOW, true"
  })
  void applicationsThatReadTheTargetThemselves_areCovered(Container container, boolean relaxed)
      throws Exception {
    var readings = new ArrayList<String>();
    GuardSelector selector =
        request -> {
          readings.clear();
          readings.add(request.path());
          readings.addAll(((ServletView) request).alternativePaths());
          return GuardChain.empty();
        };
    try (TckServer server = start(container, relaxed, selector)) {
      for (String target : Spellings.of("chat", TARGETS, 3)) {
        String response = get(server, target);
        if (response.startsWith("200")) {
          for (String served : servedBy(target)) {
            boolean chat = served.startsWith("/chat/") || served.equals("/chat");
            assertThat(!chat || readings.stream().anyMatch(path -> path.startsWith("/chat")))
                .as("%s, served as %s, read as %s", target, served, readings)
                .isTrue();
          }
        }
      }
    }
  }

  /** Returns the paths by which Spring's path patterns and its path helper match a raw target. */
  private static List<String> servedBy(String target) {
    String bare = target.replaceAll(";[^/]*", "");
    String decoded = URLDecoder.decode(bare, StandardCharsets.UTF_8);
    String segments =
        Stream.of(bare.split("/", -1))
            .map(segment -> URLDecoder.decode(segment, StandardCharsets.UTF_8).replace("/", "%2F"))
            .collect(Collectors.joining("/"));
    return List.of(decoded.replaceAll("//+", "/"), segments);
  }

  /** The default firewall blocks attacks, and none of the ordinary targets. */
  @ParameterizedTest
  @CsvSource({
    "JETTY, false",
    "JETTY, true",
    "TOMCAT, false",
    "TOMCAT, true",
    "UNDERTOW, false",
    "UNDERTOW, true"
  })
  void ordinaryTargets_passTheDefaultFirewall(Container container, boolean relaxed)
      throws Exception {
    List<String> targets = Spellings.ordinary();
    var unguarded = new ArrayList<String>();
    try (TckServer server = start(container, relaxed, GuardSelector.always(GuardChain.empty()))) {
      for (String target : targets) {
        unguarded.add(get(server, target));
      }
    }
    GuardChain firewall = GuardChain.of(WafGuard.builder(Waf.builder().build()).build());
    try (TckServer server = start(container, relaxed, GuardSelector.always(firewall))) {
      for (int i = 0; i < targets.size(); i++) {
        assertThat(get(server, targets.get(i))).as(targets.get(i)).isEqualTo(unguarded.get(i));
      }
      assertThat(get(server, "/q?x=%3Cscript%3Ealert(1)%3C/script%3E")).startsWith("403");
    }
  }

  /** The filter rejects no target because of its spelling; only the container may. */
  @ParameterizedTest
  @CsvSource({
    "JETTY, true",
    "JETTY, false",
    "TOMCAT, true",
    "TOMCAT, false",
    "UNDERTOW, true",
    "UNDERTOW, false"
  })
  void ordinaryTargets_pass(Container container, boolean relaxed) throws Exception {
    RouteTable<GuardChain> routes =
        RouteTable.of(
            Route.builder("chat", GuardChain.empty()).pathPrefix("/chat").build(),
            Route.builder("all", GuardChain.empty()).pathPrefix("/").build());
    List<String> targets = Spellings.ordinary();
    assertThat(targets).hasSizeGreaterThanOrEqualTo(150);
    var unguarded = new ArrayList<String>();
    try (TckServer server = start(container, relaxed, GuardSelector.always(GuardChain.empty()))) {
      for (String target : targets) {
        unguarded.add(get(server, target));
      }
    }
    try (TckServer server =
        start(container, relaxed, request -> requireNonNull(routes.match(request)).target())) {
      for (int i = 0; i < targets.size(); i++) {
        assertThat(get(server, targets.get(i))).as(targets.get(i)).isEqualTo(unguarded.get(i));
      }
    }
  }
}
