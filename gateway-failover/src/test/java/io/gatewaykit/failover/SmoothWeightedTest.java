package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
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

  @ParameterizedTest(name = "{0}")
  @MethodSource("sequences")
  void pick_sameSequenceAsNginx(String name, String weights, String events, String picks) {
    assertThat(String.join(" ", replay(weights, events))).as(name).isEqualTo(picks);
  }

  private static List<String> replay(String weights, String events) {
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
    var robin = new SmoothWeighted(sizes.stream().mapToInt(Integer::intValue).toArray());
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
      SmoothWeighted robin,
      List<String> names,
      Map<String, Integer> maxFails,
      Map<String, Boolean> failing,
      Map<String, Boolean> down,
      Map<String, Integer> fails) {
    int index =
        robin.pick(i -> {
          String name = names.get(i);
          int max = maxFails.getOrDefault(name, 0);
          boolean out = max > 0 && fails.getOrDefault(name, 0) >= max;
          return !out && !down.getOrDefault(name, false);
        });
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
