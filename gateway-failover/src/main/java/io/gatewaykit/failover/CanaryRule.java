package io.gatewaykit.failover;

import io.gatewaykit.failover.TrafficSplit.Side;
import org.jspecify.annotations.Nullable;

/** Decides by a mark of the request, such as the value of a header or cookie. */
@FunctionalInterface
public interface CanaryRule {

  /** Returns where requests with that mark go, or null if the share is to decide. */
  @Nullable Side side(CharSequence mark);

  /**
   * Returns the rule by which {@code always} and {@code never} mean what they say, and a number is
   * ignored: testers opt in, and who must not be bothered opts out. Letter case does not matter.
   */
  static CanaryRule alwaysOrNever() {
    return mark -> {
      if (CanaryGuard.equalsIgnoreCase(mark, "always")) {
        return Side.CANARY;
      }
      return CanaryGuard.equalsIgnoreCase(mark, "never") ? Side.BASELINE : null;
    };
  }

  /** Returns the rule by which exactly this mark means the canary. */
  static CanaryRule equalTo(String value) {
    return mark -> value.contentEquals(mark) ? Side.CANARY : null;
  }
}
