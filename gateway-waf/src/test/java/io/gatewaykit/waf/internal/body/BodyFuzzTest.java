// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Randomly damaged bodies. No exception is thrown, the values of a reader are at most a few times
 * as long as the text, and no byte remains uninspected. {@code -Dfuzz.rounds=N} sets the number of
 * rounds.
 */
@Tag("slow")
class BodyFuzzTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 3_000);
  private static final String SIGNS = "\r\n\t \"'<>&;:=-[]{},/\\!?%+#\0\u0001ab01\u00ff\u00fe";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "multipart/form-data; boundary=b"
            + "|`--b~Content-Disposition: form-data; name=\"a\"; filename=\"f.png\"~~x~--b~X: y~~z~--b--~`",
        "application/json|`{\"a\":[1,{\"b\":\"x\\u003c\"},true],\"c\":-1.5e3}`",
        "application/xml|`<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b \"c\">]><a b='c'>x<!-- n --><![CDATA[y]]></a>`",
        "application/x-www-form-urlencoded|`a=%3cx%3e&b=%u0041+c&&=d`",
        "|`{\"a\":\"b\"}`",
      })
  void damagedBody_isReadAllTheSame(String type, String body) {
    List<String> types = type == null ? List.of() : List.of(type);
    String whole = body.replace("~", "\r\n");
    Random random = new Random(20260101);
    for (int round = 0; round < ROUNDS; round++) {
      String text = damaged(whole, random);
      Recorded read = new Recorded();
      boolean complete = random.nextBoolean();

      read.read(types, text, complete);

      long made = read.values.stream().mapToLong(String::length).sum();
      assertThat(made).as(text).isLessThan(5L * text.length() + 60L * read.values.size() + 100);
      assertThat(read.defects).as(text).hasSizeLessThanOrEqualTo(1);
      assertThat(read.values.stream().anyMatch(value -> value.contains("QQQQ")))
          .as("nothing is left unseen: %s", text)
          .isTrue();
    }
  }

  /** Returns the text with bytes changed, removed and duplicated, and a marker inserted. */
  private static String damaged(String whole, Random random) {
    StringBuilder text = new StringBuilder(whole);
    for (int i = random.nextInt(6); i > 0 && text.length() > 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
        case 1 -> text.deleteCharAt(at);
        case 2 -> text.insert(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
        default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 9)));
      }
    }
    text.insert(random.nextInt(text.length() + 1), "QQQQ");
    return new String(text.toString().getBytes(ISO_8859_1), ISO_8859_1);
  }
}
