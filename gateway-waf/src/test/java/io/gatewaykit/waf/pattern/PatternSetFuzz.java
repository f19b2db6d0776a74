// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Arbitrary bytes as a pattern and a text. The set matches, and rejects patterns, as re2j does.
 * Used by {@code benchmarks/scripts/waf-fuzz.sh}, and by {@code FuzzTargetsTest} with shorter
 * inputs.
 */
public final class PatternSetFuzz {
  private static final int MAX_PATTERN = 40;

  private PatternSetFuzz() {}

  /** The first byte is the length of the pattern. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    int length = Math.min(input.length - 1, 1 + (input[0] & 0xFF) % MAX_PATTERN);
    var pattern = new StringBuilder();
    for (int i = 1; i <= length; i++) {
      char c = (char) (input[i] & 0x7F);
      pattern.append(c < ' ' ? '.' : c);
    }
    String text = new String(input, 1 + length, input.length - 1 - length, ISO_8859_1);
    check(pattern.toString(), text);
  }

  private static void check(String pattern, String text) {
    Pattern oracle = compiled(pattern);
    PatternSet set;
    try {
      set = PatternSet.of(List.of(pattern));
    } catch (IllegalArgumentException refused) {
      if (oracle != null) {
        throw new AssertionError("refused, and re2j takes it: " + pattern, refused);
      }
      return;
    }
    if (oracle == null) {
      throw new AssertionError("taken, and re2j refuses it: " + pattern);
    }
    boolean found = set.find(text.getBytes(ISO_8859_1)).get(0);
    if (found != oracle.matcher(text).find()) {
      throw new AssertionError(pattern + " in " + text + ": " + found + ", and not so by re2j");
    }
  }

  private static @Nullable Pattern compiled(String pattern) {
    try {
      return Pattern.compile(pattern, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      return null;
    }
  }
}
