// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package consumer.limiter;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;

/** A service method with a rate limit per user. */
public final class Main {
  private final KeyedLeakyBucket<String> perUser =
      KeyedLeakyBucket.<String>builder().limit(Limit.perSecond(1).burst(2).nodelay()).build();

  String greet(String user) {
    return perUser.tryAcquire(user) ? "hello, " + user : "slow down, " + user;
  }

  public static void main(String[] args) {
    var service = new Main();
    for (int i = 0; i < 3; i++) {
      expect("hello, ann", service.greet("ann"));
    }
    expect("slow down, ann", service.greet("ann"));
    expect("hello, bob", service.greet("bob"));
    System.out.println("limiter: ok");
  }

  private static void expect(String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(actual + " (expected: " + expected + ")");
    }
  }
}
