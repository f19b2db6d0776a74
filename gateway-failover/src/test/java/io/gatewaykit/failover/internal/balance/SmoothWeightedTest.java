// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("StringSplitter") // well-formed test data
class SmoothWeightedTest {

  static Stream<Arguments> sequences() throws IOException {
    try (var in =
            requireNonNull(
                SmoothWeightedTest.class.getResourceAsStream("/vectors/nginx/swrr.tsv"));
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .skip(1)
          .map(l -> Arguments.of((Object[]) l.split("\t", -1)))
          .toList()
          .stream();
    }
  }

  /** The operations of both implementations of the sequence. */
  interface Robin {
    int pick();

    void eligible(int index, boolean is);

    void failed(int index, int maxFails);

    void weight(int index, int weight);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sequences")
  void pick_sameSequenceAsNginx(String name, String weights, String events, String picks) {
    assertThat(String.join(" ", replay(weights, events, SmoothWeightedTest::roundByRound)))
        .as(name)
        .isEqualTo(picks);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sequences")
  void next_computedAhead_sameSequenceAsNginx(
      String name, String weights, String events, String picks) {
    assertThat(String.join(" ", replay(weights, events, SmoothWeightedTest::playedAhead)))
        .as(name)
        .isEqualTo(picks);
  }

  /** The sequences documented in nginx's commit message. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "a=5|b=1|c=1, a a b a c a a",
    "a=3|b=2|c=1, a b a c b a",
    "a=1|b=2|c=3, c b a c b c",
    "a=3|b=5|c=7, c b a c b c a c b c b c a b c",
    "a=11|b=3, a a b a a a a b a a a b a a",
    "a=7|b=1, a a a a b a a a"
  })
  void next_oneCycle_isTheDocumentedOne(String weights, String picks) {
    String peers = weights.replace('|', ',');
    String events = "p" + picks.split(" ").length;
    assertThat(String.join(" ", replay(peers, events, SmoothWeightedTest::playedAhead)))
        .isEqualTo(picks);
  }

  @Test
  void next_afterOneFailure_recoversByOneARound() {
    SmoothSequence sequence = new SmoothSequence(new int[] {4, 4}, 0);
    sequence.failed(0, 1);
    var picks = new StringBuilder();
    for (int i = 0; i < 13; i++) {
      picks.append(sequence.next() == 0 ? 'a' : 'b');
    }
    // Between the second and third pick a's effective weight is still below b's.
    assertThat(picks.toString()).isEqualTo(slow(4, 4, 13));
  }

  private static String slow(int a, int b, int rounds) {
    var robin = new SmoothWeighted(new int[] {a, b});
    robin.failed(0, 1);
    var picks = new StringBuilder();
    for (int i = 0; i < rounds; i++) {
      picks.append(robin.pick() == 0 ? 'a' : 'b');
    }
    return picks.toString();
  }

  private static Robin roundByRound(int[] weights) {
    var robin = new SmoothWeighted(weights);
    return new Robin() {
      @Override
      public int pick() {
        return robin.pick();
      }

      @Override
      public void eligible(int index, boolean is) {
        robin.eligible(index, is);
      }

      @Override
      public void failed(int index, int maxFails) {
        robin.failed(index, maxFails);
      }

      @Override
      public void weight(int index, int weight) {
        robin.weight(index, weight);
      }
    };
  }

  private static Robin playedAhead(int[] weights) {
    var sequence = new SmoothSequence(weights, 0);
    var eligible = new boolean[weights.length];
    Arrays.fill(eligible, true);
    return new Robin() {
      @Override
      public int pick() {
        return sequence.next();
      }

      @Override
      public void eligible(int index, boolean is) {
        if (eligible[index] != is) {
          eligible[index] = is;
          sequence.eligible(eligible);
        }
      }

      @Override
      public void failed(int index, int maxFails) {
        sequence.failed(index, maxFails);
      }

      @Override
      public void weight(int index, int weight) {
        sequence.weight(index, weight);
      }
    };
  }

  private static List<String> replay(String weights, String events, Function<int[], Robin> rule) {
    List<String> names = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    Map<String, Integer> maxFails = new HashMap<>();
    for (String peer : weights.trim().split(",")) {
      String[] nameAndRest = peer.split("=");
      String[] weightAndFails = nameAndRest[1].split(":");
      names.add(nameAndRest[0]);
      sizes.add(Integer.parseInt(weightAndFails[0]));
      maxFails.put(
          nameAndRest[0], weightAndFails.length > 1 ? Integer.parseInt(weightAndFails[1]) : 0);
    }
    Robin robin = rule.apply(sizes.stream().mapToInt(Integer::intValue).toArray());
    Map<String, Boolean> failing = new HashMap<>();
    Map<String, Boolean> down = new HashMap<>();
    Map<String, Integer> fails = new HashMap<>();
    List<String> picks = new ArrayList<>();
    for (String event : events.trim().split("[ ,]")) {
      if (event.startsWith("ok")) {
        failing.put(event.substring(2), false);
      } else if (event.startsWith("f")) {
        failing.put(event.substring(1), true);
      } else if (event.startsWith("down")) {
        down.put(event.substring(4), true);
      } else if (event.startsWith("up")) {
        down.put(event.substring(2), false);
      } else if (event.startsWith("w")) {
        String[] nameAndWeight = event.substring(1).split("=");
        robin.weight(names.indexOf(nameAndWeight[0]), Integer.parseInt(nameAndWeight[1]));
      } else {
        for (int n = Integer.parseInt(event.substring(1)); n > 0; n--) {
          picks.add(pickOne(robin, names, maxFails, failing, down, fails));
        }
      }
    }
    return picks;
  }

  private static String pickOne(
      Robin robin,
      List<String> names,
      Map<String, Integer> maxFails,
      Map<String, Boolean> failing,
      Map<String, Boolean> down,
      Map<String, Integer> fails) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      int max = maxFails.getOrDefault(name, 0);
      boolean out = max > 0 && fails.getOrDefault(name, 0) >= max;
      robin.eligible(i, !out && !down.getOrDefault(name, false));
    }
    int index = robin.pick();
    if (index < 0) {
      return "-";
    }
    String name = names.get(index);
    int max = maxFails.getOrDefault(name, 0);
    if (failing.getOrDefault(name, false)) {
      if (max > 0) {
        fails.merge(name, 1, Integer::sum);
        robin.failed(index, max);
      }
    } else {
      fails.put(name, 0);
    }
    return name;
  }
}
