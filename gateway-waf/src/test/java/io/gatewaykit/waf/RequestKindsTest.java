// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.BuiltinRulesTest.Sample;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kinds of attacks and of harmless requests that resemble them, each in many variants, at the
 * default settings. Unlike the samples of a rule, any rule can find an attack, and none must block
 * a harmless request.
 */
class RequestKindsTest {
  private static final Waf DEFAULT = Waf.builder().build();

  static Stream<Sample> attacks() throws IOException {
    return BuiltinRulesTest.samples("kinds.txt").stream().filter(Sample::hit);
  }

  static Stream<Sample> harmless() throws IOException {
    return BuiltinRulesTest.samples("kinds.txt").stream().filter(sample -> !sample.hit());
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void attack_ofAKind_isBlocked(Sample sample) {
    assertThat(DEFAULT.inspect(sample.request()).blocked()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void harmless_ofAKind_passes(Sample sample) {
    WafResult result = DEFAULT.inspect(sample.request());
    assertThat(result.blocked()).as("%s", result.hits()).isFalse();
  }

  /** One text can be matched or spared by chance, many variants of it cannot. */
  @Test
  void kinds_haveManyVariants() throws IOException {
    Map<String, Integer> found = count(true);
    Map<String, Integer> spared = count(false);

    assertThat(found).hasSize(14).allSatisfy((kind, n) -> assertThat(n).as(kind).isGreaterThan(5));
    spared.keySet().removeAll(found.keySet());
    assertThat(spared)
        .hasSize(9)
        .allSatisfy((kind, n) -> assertThat(n).as(kind).isGreaterThanOrEqualTo(15));
  }

  private static Map<String, Integer> count(boolean hit) throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    List<Sample> samples = BuiltinRulesTest.samples("kinds.txt");
    samples.stream()
        .filter(sample -> sample.hit() == hit)
        .forEach(sample -> counts.merge(sample.rule(), 1, Integer::sum));
    return counts;
  }
}
