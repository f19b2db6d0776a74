// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each hit that counts reaches the listeners. */
class WafListenerTest {
  private static final String SENTENCE = "please tell me what this word means: marker";

  private final List<RuleHit> notified = new ArrayList<>();
  private final List<WafResult> incidents = new ArrayList<>();
  private final Waf waf =
      Waf.builder()
          .families()
          .rule(
              Rule.builder("marker")
                  .when(Condition.on(Target.ARG).matches("marker"))
                  .proseScores(2, 3)
                  .score(8)
                  .build())
          .listener(
              new WafListener() {
                @Override
                public void onHit(WafRequest request, RuleHit hit) {
                  notified.add(hit);
                }

                @Override
                public void onIncident(WafRequest request, WafResult result) {
                  incidents.add(result);
                }
              })
          .build();

  private WafResult inspect(String query, String body) {
    return waf.inspect(
        WafRequest.of(
            "POST",
            "/x?" + query,
            Headers.of("Content-Type", "application/x-www-form-urlencoded"),
            body.getBytes(ISO_8859_1)));
  }

  @Test
  void hitOfTheHead_thatTheBodyRaises_isNotifiedAgain() {
    WafResult result = inspect("q=" + SENTENCE.replace(' ', '+'), "q=marker");

    assertThat(result.blocked()).isTrue();
    assertThat(result.score()).isEqualTo(8);
    assertThat(notified).extracting(RuleHit::score).containsExactly(3, 8);
    assertThat(incidents).extracting(WafResult::score).containsExactly(3, 8);
  }

  @Test
  void hit_thatTheSamePartRaises_isNotifiedOnce() {
    inspect("q=" + SENTENCE.replace(' ', '+') + "&r=marker", "q=1");

    assertThat(notified).extracting(RuleHit::score).containsExactly(8);
  }

  @Test
  void hit_thatTheBodyRepeats_isNotifiedOnce() {
    inspect("q=marker", "q=" + SENTENCE.replace(' ', '+'));

    assertThat(notified).extracting(RuleHit::score).containsExactly(8);
    assertThat(incidents).hasSize(1);
  }
}
