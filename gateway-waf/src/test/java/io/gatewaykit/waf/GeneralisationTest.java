// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts written independently of the rules, to measure how well the rules generalise. */
class GeneralisationTest {
  private static List<String> lines(String file) throws IOException {
    try (InputStream in = requireNonNull(GeneralisationTest.class.getResourceAsStream(file))) {
      return new String(in.readAllBytes(), UTF_8).lines().skip(1).toList();
    }
  }

  private static boolean isBlocked(Waf waf, String text) {
    String target = "/?q=" + URLEncoder.encode(text, UTF_8);
    return waf.inspect(WafRequest.of("GET", target, Headers.empty())).blocked();
  }

  @ParameterizedTest(name = "at most {1} are blocked at paranoia {0}")
  @CsvSource({"1, 3", "2, 15", "3, 22"})
  void messages_nearlyAll_pass(int paranoia, int most) throws IOException {
    Waf waf = Waf.builder().paranoia(paranoia).build();
    List<String> messages = lines("own-harmless.txt");

    assertThat(messages).hasSize(155).doesNotHaveDuplicates();
    assertThat(messages).filteredOn(text -> isBlocked(waf, text)).hasSizeLessThanOrEqualTo(most);
  }

  @ParameterizedTest(name = "of each class nine in ten are blocked at paranoia {0}")
  @CsvSource({"1", "2", "3"})
  void attacks_ofEachClass_areBlocked(int paranoia) throws IOException {
    Waf waf = Waf.builder().paranoia(paranoia).build();
    Map<String, int[]> classes = new TreeMap<>();
    for (String line : lines("own-attacks.txt")) {
      String[] words = line.split(" ", 2);
      int[] counts = classes.computeIfAbsent(words[0], name -> new int[2]);
      counts[0]++;
      counts[1] += isBlocked(waf, words[1]) ? 1 : 0;
    }

    assertThat(classes).hasSize(12);
    assertThat(classes)
        .allSatisfy((name, counts) -> assertThat(counts[1] * 10).isGreaterThan(counts[0] * 9));
  }
}
