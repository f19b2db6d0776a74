package io.gatewaykit.healthcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("EnumOrdinal") // packed into a word; both enums say their order matters
class ThresholdsTest {
  private static final String LETTERS = "SFTO"; // in the order of Report
  private static final String STATES = "HhuU"; // in the order of TargetState

  private static String run(Thresholds thresholds, char start, String word) {
    long now = Thresholds.settled(start == 'H' ? TargetState.HEALTHY : TargetState.UNHEALTHY);
    var states = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      now = thresholds.next(now, Report.values()[LETTERS.indexOf(word.charAt(i))]);
      states.append(STATES.charAt(Thresholds.state(now).ordinal()));
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
    var digest = MessageDigest.getInstance("SHA-256");
    int lines = 0;
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
            String line =
                "%d%d%d%d %s %s %s%n".formatted(l[0], l[1], l[2], l[3], start, word, states);
            digest.update(line.replace("\r", "").getBytes(StandardCharsets.US_ASCII));
            lines++;
          }
        }
      }
    }
    assertThat(lines).isEqualTo(16_368);
    assertThat(HexFormat.of().formatHex(digest.digest()))
        .isEqualTo("863d85a3fa6509d1e469416fde66cfe826cbb274c1bb95eb855f97e244615a60");
  }

  @Test
  void riseFall_countsAllFailuresTogether() {
    assertThat(run(Thresholds.riseFall(2, 3), 'H', "FTOSSFF")).isEqualTo("hhUuHhh");
  }

  @Test
  void thresholds_outOfRange_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Thresholds.riseFall(1, 255))
        .withMessage("httpFailures: 255 (expected: 0..254)");
    assertThatIllegalArgumentException().isThrownBy(() -> Thresholds.perKind(-1, 1, 1, 1));
  }
}
