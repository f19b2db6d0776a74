// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.LineSwitchEvent;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.Probe;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.ProbeSchedule;
import io.gatewaykit.healthcheck.Target;
import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.MonitoredLimiter;
import io.gatewaykit.waf.Waf;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The meters of all modules, as scraped by Prometheus. */
class MetricsTest extends Scraped {
  private record Says(String name, Verdict verdict) implements Guard {
    @Override
    public Verdict onHead(GatewayRequest request) {
      if (name.equals("broken")) {
        throw new IllegalStateException("the guard fails, as the test wants");
      }
      return verdict;
    }
  }

  @Test
  void guards_areCounted_andBounded() {
    var metrics = new GuardMetrics(registry);
    GatewayRequest request = RequestHead.builder("GET", "/").build();
    var no = Verdict.reject(Rejection.builder(403, "no", "No").build());
    for (Guard guard : List.of(new Says("strict", no), new Says("broken", no))) {
      GuardChain.builder().listener(metrics).guard(guard).build().begin().head(request);
    }
    assertScraped(
        "gateway_guard_rejections_total{guard=\"strict\",reason=\"no\"} 1.0",
        "gateway_guard_failures_total{guard=\"broken\",stage=\"head\"} 1.0");
    var guard = new Says("leaky", no);
    for (int i = 0; i < 2000; i++) {
      metrics.onReject(request, guard, Rejection.builder(403, "reason" + i, "No").build());
    }
    assertThat(registry.getMeters()).hasSizeLessThan(BoundedCounters.MAX + 10);
    assertScraped("gateway_guard_rejections_total{guard=\"other\",reason=\"other\"} 1001.0");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void targets_areShown_andGoWithTheirMeters() throws Exception {
    var metrics = new HealthCheckMetrics(registry);
    try (var server = new ServerSocket(0);
        ProbeEngine engine = ProbeEngine.builder().build();
        HealthChecker checker =
            HealthChecker.builder("shop")
                .engine(engine)
                .probe(Probe.tcp())
                // a loaded machine must not make a probe inconclusive
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofSeconds(1))
                        .timeout(Duration.ofSeconds(1))
                        .build())
                .listener(metrics)
                .build()) {
      metrics.bind(checker);
      assertThatThrownBy(() -> metrics.bind(checker)).isInstanceOf(IllegalStateException.class);
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
      checker.setTargets(List.of(new Target("a", address), new Target("b", address)));
      Awaitility.await()
          .untilAsserted(() ->
              assertScraped(
                  "gateway_healthcheck_state{group=\"shop\",node=\"a\",state=\"healthy\"} 1.0",
                  "gateway_healthcheck_state{group=\"shop\",node=\"a\",state=\"unhealthy\"} 0.0",
                  "gateway_healthcheck_state{group=\"shop\",node=\"b\",state=\"healthy\"} 1.0"));
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(registry.scrape())
                  .containsPattern(
                      "gateway_healthcheck_transitions_total\\{group=\"shop\",node=\"b\",source=\"active\",to=\"healthy\"\\} 1.0")
                  .containsPattern(
                      "gateway_healthcheck_probes_seconds_count\\{group=\"shop\",node=\"a\",outcome=\"success\"\\} [1-9]"));
      OutcomeReport reports = metrics.reports(checker);
      reports.report("a", Outcome.TIMEOUT, 0, 1);
      reports.report("a", Outcome.CANCELLED, 0, 1); // says nothing of the node
      reports.report("nobody", Outcome.TIMEOUT, 0, 1);
      assertScraped(
          "gateway_healthcheck_reports_total{group=\"shop\",node=\"a\",outcome=\"timeout\"} 1.0",
          "gateway_healthcheck_reports_total{group=\"shop\",node=\"a\",outcome=\"success\"} 0.0",
          "gateway_healthcheck_inconclusive_total{group=\"shop\",node=\"a\"} 0.0");
      assertThat(registry.scrape()).doesNotContain("nobody");
      checker.setTargets(List.of(new Target("a", address)));
      Awaitility.await()
          .untilAsserted(() -> assertThat(registry.scrape()).doesNotContain("node=\"b\""));
      assertThat(registry.getMeters()).noneMatch(meter -> "b".equals(meter.getId().getTag("node")));
      assertThat(registry.scrape()).contains("node=\"a\"");
    }
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void linesAndEndpoints_areShown_andGoWithTheirMeters() throws Exception {
    var metrics = new FailoverMetrics(registry);
    URI uri = URI.create("http://127.0.0.1/");
    Line<URI> first = Line.of("first", 0, Endpoint.of("f1", uri));
    Line<URI> second = Line.of("second", 1, Endpoint.of("s1", uri), Endpoint.of("s2", uri));
    FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("chat").line(first).line(second).listener(metrics).build();
    metrics.bind(group);
    group.execute(
        true,
        lease -> {
          if (lease.endpoint().id().equals("f1")) {
            throw new IOException("the call fails, as the test wants");
          }
          return "answer";
        });
    assertScraped(
        "gateway_failover_selections_total{attempt=\"first\",group=\"chat\",line=\"first\",node=\"f1\",role=\"primary\"} 1.0",
        "gateway_failover_state{group=\"chat\",line=\"first\",node=\"f1\",state=\"available\"} 1.0",
        "gateway_failover_exhausted_total{group=\"chat\"} 0.0",
        "gateway_failover_attempts_total{group=\"chat\",line=\"first\",node=\"f1\",outcome=\"failure\"} 1.0",
        "gateway_failover_inflight{group=\"chat\",line=\"first\",node=\"f1\"} 0.0",
        "gateway_failover_panicking{group=\"chat\"} 0.0");
    assertThat(registry.scrape())
        .containsPattern(
            "selections_total\\{attempt=\"retry\",group=\"chat\",line=\"second\",node=\"s[12]\",role=\"backup\"\\} 1.0");
    assertThat(registry.scrape()).contains("gateway_failover_line_active{group=\"chat\",line=");
    metrics.onSwitch(new LineSwitchEvent("chat", "first", "second", "as the test wants"));
    assertScraped(
        "gateway_failover_switches_total{from=\"first\",group=\"chat\",to=\"second\"} 1.0");
    group.update(List.of(second));
    registry.scrape(); // notices
    assertThat(registry.scrape())
        .doesNotContain("node=\"f1\"")
        .doesNotContain("line=\"first\"")
        .contains("line=\"second\",node=\"s1\",role=\"primary\"")
        .doesNotContain("backup");
    for (int i = 0; i < 20; i++) { // a role that changes: no collection may see a node twice
      group.update(i % 2 == 0 ? List.of(first, second) : List.of(second));
      assertThat(registry.scrape()).contains("node=\"s1\"");
      assertThat(registry.scrape()).contains(i % 2 == 0 ? "backup" : "primary");
    }
    metrics.close();
    assertNothingLeft();
  }

  /** The dashboard and the page name meters that exist, and only those. */
  @Test
  void dashboardAndPage_nameTheExistingMeters() throws IOException {
    var names = new ArrayList<String>();
    for (Path file : sources()) {
      var literal = Pattern.compile("\"(gateway\\.[a-z.]+)\"").matcher(Files.readString(file));
      literal.results().forEach(found -> names.add(found.group(1)));
    }
    String page = Files.readString(Path.of("../../docs/micrometer.md"));
    assertThat(names)
        .hasSizeGreaterThan(10)
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    var prometheus = names.stream().map(name -> name.replace('.', '_')).collect(Collectors.toSet());
    String dashboard = Files.readString(Path.of("../../docs/grafana-dashboard.json"));
    var used = Pattern.compile("gateway_[a-z_]+").matcher(dashboard).results();
    assertThat(
            used.map(found -> found.group().replaceFirst("(_seconds)?(_total|_sum|_count|)$", "")))
        .isNotEmpty()
        .allSatisfy(name -> assertThat(prometheus).contains(name));
  }

  private static List<Path> sources() throws IOException {
    try (var files = Files.list(Path.of("src/main/java/io/gatewaykit/micrometer"))) {
      return files.toList();
    }
  }

  @Test
  void docsSnippet_isCompiledHere() throws IOException, ClassNotFoundException {
    try (ProbeEngine engine = ProbeEngine.builder().build()) {
      assertThat(snippet(registry, engine)).isEqualTo("shop chat");
    }
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/micrometer/MetricsTest.java"));
    String compiled = source.replaceAll("\\s+", "");
    boolean code = false;
    for (String line : Files.readAllLines(Path.of("../../docs/micrometer.md"))) {
      if (line.startsWith("```")) {
        code = line.equals("```java");
      } else if (code && line.startsWith("import ")) {
        Class.forName(line.substring("import ".length(), line.length() - 1));
      } else if (code) {
        assertThat(compiled).contains(line.replaceAll("\\s+", ""));
      }
    }
  }

  private static String snippet(MeterRegistry registry, ProbeEngine engine) {
    var bucket = KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1)).build();
    Line<URI> line = Line.of("only", 0, Endpoint.of("one", URI.create("http://127.0.0.1/")));

    var limiter = MonitoredLimiter.of(bucket, new RateLimitMetrics(registry, "client"));
    Waf waf = Waf.builder().listener(new WafMetrics(registry, "builtin")).build();
    GuardChain chain = GuardChain.builder().listener(new GuardMetrics(registry)).build();

    var health = new HealthCheckMetrics(registry);
    HealthChecker checker = HealthChecker.builder("shop").engine(engine).listener(health).build();
    health.bind(checker);
    var failover = new FailoverMetrics(registry);
    FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("chat").line(line).listener(failover).build();
    failover.bind(group);

    assertThat(limiter.tryAcquire("a")).isTrue();
    assertThat(waf.mode()).isNotNull();
    assertThat(chain.guards()).isEmpty();
    checker.close();
    return checker.snapshot().name() + " " + group.snapshot().name();
  }
}
