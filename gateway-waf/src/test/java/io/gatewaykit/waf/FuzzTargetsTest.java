// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.gatewaykit.waf.internal.body.BodyFuzz;
import io.gatewaykit.waf.internal.decode.DecodingFuzz;
import io.gatewaykit.waf.pattern.PatternSetFuzz;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the fuzz targets with a few random inputs; {@code -Dfuzz.rounds=N} sets their number. {@code
 * benchmarks/scripts/waf-fuzz.sh} runs them under Jazzer with coverage guidance.
 */
@Tag("slow")
class FuzzTargetsTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 2_000);
  private static final List<String> PIECES =
      List.of(
          "%41",
          "%u0041",
          "&lt;",
          "\\u003c",
          "\\3c ",
          "{\"a\":[1,\"b\"]}",
          "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
          "--b--",
          "<a b='c'><![CDATA[d]]></a>",
          "<!DOCTYPE a [<!ENTITY b \"c\">]>",
          "a=b&c=d",
          "' or 1=1--",
          "../",
          "\n",
          "(a|b)*?",
          "[^c-e]{2,3}",
          "(?i)\\bx+$",
          "PHN2Zy8+");

  static List<Arguments> targets() {
    return List.of(
        arguments("patterns", (Consumer<byte[]>) PatternSetFuzz::fuzzerTestOneInput),
        arguments("bodies", (Consumer<byte[]>) BodyFuzz::fuzzerTestOneInput),
        arguments("decoders", (Consumer<byte[]>) DecodingFuzz::fuzzerTestOneInput),
        arguments("inspections", (Consumer<byte[]>) InspectionFuzz::fuzzerTestOneInput));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("targets")
  void anyBytes_keepTheTargetsPromises(String name, Consumer<byte[]> target) {
    var random = new Random(20260102);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] input = input(random);
      assertThatCode(() -> target.accept(input))
          .as(() -> HexFormat.of().formatHex(input))
          .doesNotThrowAnyException();
    }
  }

  private static byte[] input(Random random) {
    var text = new StringBuilder();
    text.append((char) random.nextInt(256)).append((char) random.nextInt(256));
    for (int i = random.nextInt(8); i > 0; i--) {
      if (random.nextBoolean()) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
      } else {
        text.append((char) random.nextInt(256));
      }
    }
    return text.toString().getBytes(ISO_8859_1);
  }
}
