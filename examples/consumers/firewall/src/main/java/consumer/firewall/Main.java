// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package consumer.firewall;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;

/** Inspects requests with the firewall alone, without an adapter. */
public final class Main {
  public static void main(String[] args) {
    Waf waf = Waf.builder().build();
    expect(true, blocked(waf, "/index.php?q=eval($_POST[1])"));
    expect(false, blocked(waf, "/search?q=please+echo+my+answer"));
    System.out.println("firewall: ok");
  }

  private static boolean blocked(Waf waf, String target) {
    return waf.inspect(WafRequest.of("GET", target, Headers.empty())).blocked();
  }

  private static void expect(boolean expected, boolean actual) {
    if (expected != actual) {
      throw new AssertionError(actual + " (expected: " + expected + ")");
    }
  }
}
