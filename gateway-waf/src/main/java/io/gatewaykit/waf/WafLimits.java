package io.gatewaykit.waf;

/**
 * The bounds on what one inspection costs.
 *
 * @param bodyBytes how many bytes of a body are inspected, 0 to 16 MiB
 * @param values into how many values a list of parameters is split, 1 to 100,000; what is left is
 *     inspected as one value
 * @param depth how deeply JSON and XML may nest, 1 to 1,000; deeper is malformed, and inspected as
 *     text
 * @param workChars how many chars transformations and matchers may see in all, at least 1,000; the
 *     same request always takes the same number
 */
public record WafLimits(int bodyBytes, int values, int depth, long workChars) {
  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public WafLimits {
    check("bodyBytes", bodyBytes, 0, 16 << 20);
    check("values", values, 1, 100_000);
    check("depth", depth, 1, 1_000);
    check("workChars", workChars, 1_000, Long.MAX_VALUE);
  }

  /** Returns 128 KiB of body, 1,000 values, depth 64, and 20 million chars of work. */
  public static WafLimits defaults() {
    return new WafLimits(128 << 10, 1_000, 64, 20_000_000);
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + ".." + max + ")");
    }
  }
}
