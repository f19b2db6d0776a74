// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.api.request.Headers;
import java.util.List;

/**
 * Arbitrary bytes as a request. No exception is thrown, the result is deterministic, and inspecting
 * head and body in two steps gives the result of the complete request. Used by {@code
 * benchmarks/scripts/waf-fuzz.sh}, and by {@code FuzzTargetsTest} with shorter inputs.
 */
public final class InspectionFuzz {
  private static final Waf WAF = Waf.builder().paranoia(3).build();
  private static final List<String> TYPES =
      List.of(
          "application/x-www-form-urlencoded",
          "application/json",
          "application/xml",
          "multipart/form-data; boundary=b",
          "text/plain");

  private InspectionFuzz() {}

  /** The first byte selects the type of the body; a line feed ends the target, then a cookie. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < 2) {
      return;
    }
    String text = new String(input, 1, input.length - 1, ISO_8859_1);
    String[] lines = text.split("\n", 3);
    Headers headers =
        Headers.of(
            "Host",
            "example.com",
            "Cookie",
            lines.length > 1 ? lines[1] : "",
            "Content-Type",
            TYPES.get((input[0] & 0xFF) % TYPES.size()));
    byte[] body = lines.length > 2 ? lines[2].getBytes(ISO_8859_1) : new byte[0];
    WafRequest head = WafRequest.of("POST", "/" + lines[0], headers);
    WafRequest whole = head.withBody(body);

    List<String> expected = ids(WAF.inspect(whole));

    equal("again", expected, ids(WAF.inspect(whole)));
    if (body.length > 0) {
      WafInspection inspection = WAF.begin(head);
      WafResult unused = inspection.head();
      equal("in two steps", expected, ids(inspection.body(whole)));
    }
  }

  private static List<String> ids(WafResult result) {
    return result.hits().stream().map(RuleHit::rule).sorted().toList();
  }

  private static void equal(String how, List<String> expected, List<String> got) {
    if (!expected.equals(got)) {
      throw new AssertionError(how + ": " + got + " (expected: " + expected + ")");
    }
  }
}
