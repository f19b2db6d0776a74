// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WafTest {
  private final IncidentLog incidents = new IncidentLog(2);
  private final Waf waf = Waf.builder().listener(incidents).build();

  private WafResult get(String target) {
    return waf.inspect(WafRequest.of("GET", target, Headers.empty()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/?q=eval($_POST[1])",
        "/?q=%2565val(%2524_POST[1])",
        "/?id=1%27%20UNION/**/SELECT%201,2--",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/?f=../../../../etc/passwd",
        "/?f=php://filter/convert.base64-encode/resource=index",
        "/?x=$%7Bjndi:ldap://x/a%7D",
        "/?x=%7B%7B7*7%7D%7D",
        "/?u=http://169.254.169.254/latest/meta-data",
        "/?c=1;cat%20/etc/passwd",
        "/?login[$ne]=1",
        "/.git/config"
      })
  void get_attack_isBlocked(String target) {
    assertThat(get(target).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/?q=please+echo+my+answer",
        "/?q=select+a+teacher+from+the+list",
        "/?q=I+%3C3+you+%26+me",
        "/?q=what+does+eval+mean",
        "/?q=%E4%BD%A0%E5%A5%BD%EF%BC%81",
        "/chat/rooms/7/messages?limit=50"
      })
  void get_ordinary_passes(String target) {
    assertThat(get(target).hits()).isEmpty();
  }

  @Test
  void detect_attack_passesAndIsReported() {
    Waf detect = Waf.builder().mode(WafMode.DETECT).listener(incidents).build();

    WafResult result = detect.inspect(WafRequest.of("GET", "/?q=eval($_POST[1])", Headers.empty()));

    assertThat(result.blocked()).isFalse();
    assertThat(incidents.incidents()).extracting(Incident::result).containsExactly(result);
  }

  @Test
  void exclude_suggestionOfEachHit_admitsTheRequest() {
    Waf.Builder tuned = Waf.builder();
    get("/?q=eval($_POST[1])").hits().forEach(hit -> tuned.exclude(hit.suggestion()));

    assertThat(
            tuned
                .build()
                .inspect(WafRequest.of("GET", "/?q=eval($_POST[1])", Headers.empty()))
                .blocked())
        .isFalse();
  }

  @Test
  void rule_duplicateId_isRejected() {
    Rule rule = Rule.builder("mine").when(Condition.onParameters().matches("x")).build();

    assertThatThrownBy(() -> Waf.builder().rule(rule).rule(rule).build())
        .hasMessageContaining("mine");
  }

  @Test
  void limits_workExceeded_isBlocked() {
    Waf tight = Waf.builder().limits(WafLimits.builder().workChars(1000).build()).build();

    WafResult result =
        tight.inspect(WafRequest.of("GET", "/?q=" + "a".repeat(5000), Headers.empty()));

    assertThat(result.exhausted()).isTrue();
    assertThat(result.blocked()).isTrue();
  }

  @Test
  void guard_attackInJsonBody_revealsOnlyTheIncident() {
    WafGuard guard = WafGuard.builder(waf).build();
    RequestHead request =
        RequestHead.builder("POST", "/x").headers("Content-Type", "application/json").build();
    byte[] body = "{\"a\":\"\\u0065val($_POST[1])\"}".getBytes(StandardCharsets.UTF_8);

    assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
    assertThat(guard.found(request).hits()).isEmpty();
    Verdict verdict = WafInspectionTest.judge(guard, request, body, true);

    assertThat(verdict).isInstanceOf(Verdict.Reject.class);
    var rejection = ((Verdict.Reject) verdict).rejection();
    assertThat(rejection.status()).isEqualTo(403);
    assertThat(rejection.detail()).isEmpty();
    assertThat(rejection.extensions())
        .containsOnlyKeys("incident")
        .containsValue(incidents.incidents().get(0).id());
    assertThat(guard.found(request).incident()).isEqualTo(incidents.incidents().get(0).id());
  }

  @Test
  void documentedExample_attack_isRejected() {
    IncidentLog log = new IncidentLog(100);
    Waf example =
        Waf.builder()
            .mode(WafMode.BLOCK)
            .exclude(Exclusion.rule("xss-script-tag").onPath("/editor/"))
            .rule(
                Rule.builder("no-beta").when(Condition.on(Target.PATH).matches("^/beta/")).build())
            .listener(log)
            .build();
    WafResult result =
        example.inspect(WafRequest.of("GET", "/?q=eval($_POST[1])", Headers.empty()));

    assertThat(result.blocked()).isTrue();
    assertThat(log.incidents()).hasSize(1);
  }

  @Test
  void exclusion_pathThatClimbsOut_doesNotBorrowIt() {
    var exclusion = Exclusion.rule("xss-script-tag").onPath("/editor/");
    Waf waf = Waf.builder().exclude(exclusion).build();
    String attack = "?q=%3Cscript%3Ealert(1)%3C/script%3E";
    for (String path :
        new String[] {
          "/editor/../admin", "/editor/%2e%2e/admin", "/editor/..;/admin", "/editor/..%5cadmin"
        }) {
      assertThat(waf.inspect(WafRequest.of("GET", path + attack, Headers.empty())).hits())
          .as(path)
          .anyMatch(hit -> hit.rule().equals("xss-script-tag"));
    }
  }
}
