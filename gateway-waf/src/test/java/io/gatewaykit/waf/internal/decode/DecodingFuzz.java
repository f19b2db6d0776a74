// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.rule.Transformation;

/**
 * Arbitrary bytes through two decoders in sequence. No exception is thrown, texts remain bytes, and
 * none grows beyond three times its length. Used by {@code benchmarks/scripts/waf-fuzz.sh}, and by
 * {@code FuzzTargetsTest} with shorter inputs.
 */
public final class DecodingFuzz {
  private static final Transformation[] STEPS = Transformation.values();

  private DecodingFuzz() {}

  /** The first two bytes select two decoders. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    String text = new String(input, 2, input.length - 2, ISO_8859_1);
    for (int i = 0; i < 2; i++) {
      Transformation step = STEPS[(input[i] & 0xFF) % STEPS.length];
      String after = Decoding.apply(step, text);
      if (after.length() > 3 * text.length() + 4) {
        throw new AssertionError(step + ": " + after.length() + " chars of " + text.length());
      }
      if (after.chars().anyMatch(c -> c > 0xFF)) {
        throw new AssertionError(step + ": a char that is no byte, of " + text);
      }
      text = after;
    }
  }
}
