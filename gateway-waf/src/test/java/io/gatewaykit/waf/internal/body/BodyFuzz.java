// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/**
 * Arbitrary bytes as a body of any type. No exception is thrown, the values are at most a few times
 * as long as the body, and at most one defect is reported. Used by {@code
 * benchmarks/scripts/waf-fuzz.sh}, and by {@code FuzzTargetsTest} with shorter inputs.
 */
public final class BodyFuzz {
  private static final List<List<String>> TYPES =
      List.of(
          List.of(),
          List.of("application/x-www-form-urlencoded"),
          List.of("application/json"),
          List.of("application/json; charset=utf-16"),
          List.of("application/x-ndjson"),
          List.of("application/xml"),
          List.of("multipart/form-data; boundary=b"),
          List.of("multipart/form-data; boundary=\"a b\"; boundary=c"),
          List.of("text/plain"));

  private BodyFuzz() {}

  /** The first byte selects the type, and whether the body is complete. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int choice = input[0] & 0xFF;
    List<String> types = TYPES.get(choice / 2 % TYPES.size());
    String text = new String(input, 1, input.length - 1, ISO_8859_1);
    var read = new Recorded();

    read.read(types, text, choice % 2 == 0);

    long made = read.values.stream().mapToLong(String::length).sum();
    if (made > 6L * text.length() + 60L * read.values.size() + 100) {
      throw new AssertionError(types + ": " + made + " chars made of " + text.length());
    }
    if (read.defects.size() > 1) {
      throw new AssertionError(types + ": " + read.defects);
    }
  }
}
