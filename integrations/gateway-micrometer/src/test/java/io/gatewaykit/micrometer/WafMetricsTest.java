// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafLimits;
import io.gatewaykit.waf.WafMode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WafMetricsTest extends Scraped {
  private static final String ATTACK = "q=eval($_POST[1])";
  private final WafMetrics metrics = new WafMetrics(registry, "builtin");

  /** Passes a request, with its body if there is one, through the guard as an adapter does. */
  private void send(WafGuard guard, String target, String body) {
    GuardChain chain = GuardChain.of(metrics.watch(guard));
    var request =
        RequestHead.builder("POST", target)
            .headers("Content-Type", "application/x-www-form-urlencoded")
            .build();
    GuardSession run = chain.begin();
    Verdict verdict = run.head(request);
    BodyInspector inspector =
        verdict.equals(Verdict.allow()) && !body.isEmpty() ? run.inspectBody(request) : null;
    if (inspector != null) {
      Rejection early = inspector.onBytes(StandardCharsets.UTF_8.encode(body));
      verdict = early == null ? inspector.onHeld(true) : Verdict.reject(early);
    }
    boolean passed = verdict.equals(Verdict.allow());
    run.complete(
        request,
        new Completion(
            passed ? Completion.Kind.SERVED : Completion.Kind.REJECTED, passed ? 200 : 403));
  }

  private WafGuard guard(WafMode mode) {
    return WafGuard.builder(Waf.builder().mode(mode).listener(metrics).build()).build();
  }

  private static String requests(String outcome, int count) {
    return "gateway_waf_requests_total{outcome=\"%s\",ruleset=\"builtin\"} %d.0"
        .formatted(outcome, count);
  }

  @Test
  void requests_areCountedOnceByWhatBecameOfThem() {
    send(guard(WafMode.BLOCK), "/lessons", "");
    send(guard(WafMode.BLOCK), "/lessons", "name=Li+Lei");
    send(guard(WafMode.BLOCK), "/?" + ATTACK, "");
    send(guard(WafMode.BLOCK), "/", ATTACK);
    send(guard(WafMode.DETECT), "/?" + ATTACK, "b=<script>alert(1)</script>"); // found twice
    send(guard(WafMode.OFF), "/?" + ATTACK, "");
    assertScraped(
        requests("passed", 2),
        requests("blocked", 2),
        requests("detected", 1),
        requests("skipped", 1),
        requests("error", 0),
        "gateway_waf_inspection_seconds_count{phase=\"head\",ruleset=\"builtin\"} 5",
        "gateway_waf_inspection_seconds_count{phase=\"body\",ruleset=\"builtin\"} 3",
        "gateway_waf_inspection_seconds_sum{phase=\"head\",ruleset=\"builtin\"} 5.0");
    metrics.close();
    assertNothingLeft();
  }

  @Test
  void rules_areCountedOncePerRequest() {
    send(guard(WafMode.DETECT), "/?" + ATTACK + "&r=eval($_POST[1])", ATTACK);
    assertThat(registry.scrape().lines().filter(line -> line.startsWith("gateway_waf_matches")))
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(line).matches("\\S+\\{action=\"[a-z]+\",rule=\"[a-z0-9-]+\"} 1.0"));
  }

  @Test
  void bodyTooLong_exhausted_areCountedSeparately() {
    Waf small = Waf.builder().limits(WafLimits.builder().formBytes(1024).build()).build();
    send(WafGuard.builder(small).build(), "/", "a=" + "b".repeat(2000));
    Waf tired =
        Waf.builder()
            .limits(
                WafLimits.builder().workChars(1_000).whenExhausted(FailureMode.FAIL_OPEN).build())
            .build();
    send(WafGuard.builder(tired).build(), "/?a=" + "b".repeat(4000), "");
    assertScraped(requests("oversize", 1), requests("exhausted", 1), requests("passed", 0));
  }
}
