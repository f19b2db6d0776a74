package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Chooses values of one part of a request. Where a condition has several, an excluding one beats
 * those that include.
 *
 * @param target the part
 * @param name the values' name, without regard to ASCII case; an asterisk stands for any text, null
 *     for all names
 * @param use whether the values are looked at, left out, or only counted
 */
public record Selector(Target target, @Nullable String name, Use use) {
  /** What becomes of the values that a selector chooses. */
  public enum Use {
    /** They are looked at. */
    INCLUDE,
    /** They are left out, whatever else includes them. */
    EXCLUDE,
    /**
     * Their number is looked at instead, in decimal. Those of the head are counted with the head,
     * all of them with the body: a rule against too few belongs into {@link Phase#BODY}.
     */
    COUNT
  }

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if the name is empty
   */
  public Selector {
    requireNonNull(target, "target");
    requireNonNull(use, "use");
    if (name != null && name.isEmpty()) {
      throw new IllegalArgumentException("name: \"\" (expected: a name, or null for all)");
    }
  }

  /** Returns the selector of the number of these values. */
  public Selector count() {
    return new Selector(target, name, Use.COUNT);
  }

  /** Returns the selector that leaves these values out. */
  public Selector excluded() {
    return new Selector(target, name, Use.EXCLUDE);
  }

  /** Tells whether values with this name are chosen. */
  public boolean covers(String valueName) {
    return name == null || glob(name, valueName);
  }

  /** Matches with one point to return to, so the time is the product of the lengths at worst. */
  private static boolean glob(String pattern, String text) {
    int p = 0;
    int t = 0;
    int star = -1;
    int resume = 0;
    while (t < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = t;
      } else if (p < pattern.length() && lower(pattern.charAt(p)) == lower(text.charAt(t))) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
  }
}
