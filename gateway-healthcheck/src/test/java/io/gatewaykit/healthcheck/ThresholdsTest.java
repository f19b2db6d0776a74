// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.state.TargetState.HEALTHY;
import static io.gatewaykit.healthcheck.state.TargetState.UNHEALTHY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.healthcheck.internal.verdict.Report;
import io.gatewaykit.healthcheck.internal.verdict.VerdictRules;
import io.gatewaykit.healthcheck.state.TargetState;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("EnumOrdinal") // packed into a word; both enums document that their order matters
class ThresholdsTest {
  private static final String LETTERS = "SFTO"; // in the order of Report
  private static final String STATES = "HhuU"; // in the order of TargetState

  private static String run(Thresholds thresholds, char start, String word) {
    long now = VerdictRules.settled(start == 'H' ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    var states = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      now = thresholds.rules().next(now, Report.values()[LETTERS.indexOf(word.charAt(i))]);
      states.append(STATES.charAt(VerdictRules.state(now).ordinal()));
    }
    return states.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "3,3,2,7, H, FFSFFSFFSSSFFF, hhhhhhhhhhHhhU",
    "3,3,2,7, U, SSFSSFSSS, uuuuuuuuH",
    "1,2,2,2, H, FTOS, hhhH"
  })
  void words_leadToTheStatesOfTheOriginal(
      int s, int f, int t, int o, char start, String word, String states) {
    assertThat(run(Thresholds.perKind(s, f, t, o), start, word)).isEqualTo(states);
  }

  @Test
  void allShortWords_haveTheDigestOfTheOriginal() throws Exception {
    int[][] limits = {
      {2, 2, 2, 2}, {3, 3, 2, 1}, {1, 1, 1, 1}, {0, 2, 2, 2}, {2, 0, 2, 2}, {5, 5, 2, 7}
    };
    var lines = new Lines();
    for (int[] l : limits) {
      Thresholds thresholds = Thresholds.perKind(l[0], l[1], l[2], l[3]);
      for (char start : new char[] {'H', 'U'}) {
        for (int length = 1; length <= 5; length++) {
          for (int i = 0; i < 1 << 2 * length; i++) {
            var word = new StringBuilder();
            for (int at = length - 1; at >= 0; at--) {
              word.append(LETTERS.charAt(i >> 2 * at & 3));
            }
            String states = run(thresholds, start, word.toString());
            lines.add("%d%d%d%d %s %s %s".formatted(l[0], l[1], l[2], l[3], start, word, states));
          }
        }
      }
    }
    assertThat(lines.count).isEqualTo(16_368);
    assertThat(lines.digest())
        .isEqualTo("863d85a3fa6509d1e469416fde66cfe826cbb274c1bb95eb855f97e244615a60");
  }

  /** State after each letter of every short word, as in lua-resty-upstream-healthcheck. */
  @Test
  void riseFall_allShortWords_haveTheDigestOfOpenResty() throws Exception {
    int[][] fallRise = {{1, 1}, {2, 2}, {3, 2}, {2, 3}, {5, 2}};
    var lines = new Lines();
    for (int[] limits : fallRise) {
      Thresholds thresholds = Thresholds.riseFall(limits[1], limits[0]);
      for (char start : new char[] {'U', 'D'}) {
        long first = VerdictRules.settled(start == 'U' ? HEALTHY : UNHEALTHY);
        forEachWord(
            9,
            (word, reports) -> {
              var states = new StringBuilder();
              long now = first;
              for (Report report : reports) {
                now = thresholds.rules().next(now, report);
                states.append(VerdictRules.state(now).health() == Health.HEALTHY ? 'U' : 'D');
              }
              lines.add(limits[0] + "/" + limits[1] + " " + start + " " + word + " " + states);
            });
      }
    }
    assertThat(lines.count).isEqualTo(10_220);
    assertThat(lines.digest())
        .isEqualTo("0bf2e2b72ffdd92804c51767330fe9d9f622962877a5ddaac063eb07401a0476");
  }

  /** HAProxy's counter after each letter of every short word. */
  @Test
  void riseFall_allShortWords_haveTheDigestOfHaproxy() throws Exception {
    int[][] riseFall = {{1, 1}, {2, 3}, {3, 2}, {2, 1}, {1, 3}, {4, 5}};
    var lines = new Lines();
    for (int[] limits : riseFall) {
      Thresholds thresholds = Thresholds.riseFall(limits[0], limits[1]);
      Map<String, Long> starts = new LinkedHashMap<>();
      starts.put("up", thresholds.rules().oneFailureFromDown());
      starts.put("fully-up", VerdictRules.settled(HEALTHY));
      starts.put("down", thresholds.rules().oneSuccessFromUp());
      starts.put("fully-down", VerdictRules.settled(UNHEALTHY));
      starts.forEach((start, first) ->
          forEachWord(
              9,
              (word, reports) -> {
                var numbers = new StringJoiner(",");
                long now = first;
                for (Report report : reports) {
                  now = thresholds.rules().next(now, report);
                  numbers.add(Integer.toString(haproxyHealth(limits[0], limits[1], now)));
                }
                lines.add(limits[0] + "/" + limits[1] + " " + start + " " + word + " " + numbers);
              }));
    }
    assertThat(lines.count).isEqualTo(24_528);
    assertThat(lines.digest())
        .isEqualTo("139b7b1ac9cf7f9245568f5e4d889ceaed67e9ed6359766387186f4be5194e34");
  }

  private static int haproxyHealth(int rise, int fall, long word) {
    return VerdictRules.state(word).health() == Health.HEALTHY
        ? rise + fall - 1 - VerdictRules.count(word, Report.HTTP_FAILURE)
        : VerdictRules.count(word, Report.SUCCESS);
  }

  private static void forEachWord(int longest, BiConsumer<String, List<Report>> action) {
    for (int length = 1; length <= longest; length++) {
      for (int bits = 0; bits < 1 << length; bits++) {
        var word = new StringBuilder();
        var reports = new ArrayList<Report>();
        for (int at = length - 1; at >= 0; at--) {
          boolean fails = (bits >> at & 1) != 0;
          word.append(fails ? 'F' : 'P');
          reports.add(fails ? Report.HTTP_FAILURE : Report.SUCCESS);
        }
        action.accept(word.toString(), reports);
      }
    }
  }

  /** Lines, counted and digested. */
  private static final class Lines {
    private final MessageDigest digest = MessageDigest.getInstance("SHA-256");
    private int count;

    Lines() throws NoSuchAlgorithmException {}

    void add(String line) {
      digest.update((line + "\n").getBytes(StandardCharsets.US_ASCII));
      count++;
    }

    String digest() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  @DisplayName(
      "T01: rare failures accumulate only if successes are not counted, as in the original")
  @Test
  void rareFailures_addUpOnlyWithoutSuccesses() {
    String rare = "F" + "S".repeat(1_000) + "F" + "S".repeat(1_000) + "F";
    assertThat(run(Thresholds.riseFall(1, 3), 'H', rare)).endsWith("h");
    assertThat(run(Thresholds.perKind(1, 3, 3, 3), 'H', rare)).endsWith("h");
    assertThat(run(Thresholds.perKind(0, 3, 3, 3), 'H', rare)).endsWith("hU");
  }

  @Test
  void riseFall_countsAllFailuresTogether() {
    assertThat(run(Thresholds.riseFall(2, 3), 'H', "FTOSSFF")).isEqualTo("hhUuHhh");
  }

  @Test
  void thresholds_outOfRange_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Thresholds.riseFall(1, 255))
        .withMessage("httpFailures: 255 (expected: 0..254)");
    assertThatIllegalArgumentException().isThrownBy(() -> Thresholds.perKind(-1, 1, 1, 1));
  }
}
