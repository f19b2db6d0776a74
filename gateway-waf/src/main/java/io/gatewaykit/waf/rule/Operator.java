// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.waf.pattern.PatternSet;
import java.util.List;

/**
 * The test that a {@link Condition} applies to a value. Values are bytes, and the texts of
 * operators denote their UTF-8 encoding. All operators take time linear in the length of the value.
 */
public sealed interface Operator {

  /**
   * Matches if an RE2 pattern occurs. A dot matches line breaks, {@code $} is the end of the value,
   * and {@code \x80} to {@code \xff} are bytes.
   *
   * @param regex the pattern
   */
  record Matches(String regex) implements Operator {
    /**
     * Checks the pattern.
     *
     * @throws IllegalArgumentException if it is not an RE2 pattern; the message contains the
     *     position
     */
    public Matches {
      requireNonNull(regex, "regex");
      PatternSet.check(regex);
      for (int i = 0; i < regex.length(); i++) {
        if (regex.charAt(i) > 0x7F) {
          throw new IllegalArgumentException(
              "regex: %s (expected: ASCII, bytes beyond it as \\xHH; index %d)"
                  .formatted(regex, i));
        }
      }
    }
  }

  /**
   * Matches if any of the phrases occurs, ignoring ASCII case. The cost does not depend on the
   * number of phrases.
   *
   * @param phrases the phrases
   */
  record Phrases(List<String> phrases) implements Operator {
    /**
     * Copies the phrases.
     *
     * @throws IllegalArgumentException if there are none, or one is empty
     */
    public Phrases {
      phrases = List.copyOf(phrases);
      if (phrases.isEmpty() || phrases.contains("")) {
        throw new IllegalArgumentException(
            "phrases: " + phrases + " (expected: at least one, none of them empty)");
      }
    }
  }

  /**
   * Matches if a text occurs.
   *
   * @param text the text, not empty
   */
  record Contains(String text) implements Operator {
    /** Checks the text. */
    public Contains {
      requireText(text);
    }
  }

  /**
   * Matches if the value equals a text.
   *
   * @param text the text
   */
  record EqualTo(String text) implements Operator {
    /** Checks the text. */
    public EqualTo {
      requireNonNull(text, "text");
    }
  }

  /**
   * Matches if the value starts with a text.
   *
   * @param text the text, not empty
   */
  record BeginsWith(String text) implements Operator {
    /** Checks the text. */
    public BeginsWith {
      requireText(text);
    }
  }

  /**
   * Matches if the value ends with a text.
   *
   * @param text the text, not empty
   */
  record EndsWith(String text) implements Operator {
    /** Checks the text. */
    public EndsWith {
      requireText(text);
    }
  }

  /**
   * Matches if the value occurs in a text, as {@code GET} does in {@code GET HEAD POST}.
   *
   * @param text the text, not empty
   */
  record Within(String text) implements Operator {
    /** Checks the text. */
    public Within {
      requireText(text);
    }
  }

  /**
   * Compares the value with a number. A value is read as the optional sign and decimal digits at
   * its start, or as 0 if there are none.
   *
   * @param relation the relation
   * @param number the number to compare with
   */
  record Compare(Relation relation, long number) implements Operator {
    /** Relations of a value to a number. */
    public enum Relation {
      /** The value is less than the number. */
      LESS,
      /** The value is at most the number. */
      AT_MOST,
      /** The value equals the number. */
      EQUAL,
      /** The value is at least the number. */
      AT_LEAST,
      /** The value is greater than the number. */
      MORE
    }

    /** Checks the relation. */
    public Compare {
      requireNonNull(relation, "relation");
    }

    /** Returns whether a value read as this number satisfies the relation. */
    public boolean holds(long value) {
      return switch (relation) {
        case LESS -> value < number;
        case AT_MOST -> value <= number;
        case EQUAL -> value == number;
        case AT_LEAST -> value >= number;
        case MORE -> value > number;
      };
    }
  }

  /**
   * Matches if the value is an IP address in one of these networks. Host names are not resolved.
   *
   * @param networks the networks
   */
  record InNetworks(List<Cidr> networks) implements Operator {
    /**
     * Copies the networks.
     *
     * @throws IllegalArgumentException if there are none
     */
    public InNetworks {
      networks = List.copyOf(networks);
      if (networks.isEmpty()) {
        throw new IllegalArgumentException("networks: [] (expected: at least one)");
      }
    }
  }

  /**
   * Matches if the value contains a byte outside a range.
   *
   * @param from the lowest allowed byte, 0 to 255
   * @param to the highest allowed byte, {@code from} to 255
   */
  record BytesOutside(int from, int to) implements Operator {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException unless {@code 0 <= from <= to <= 255}
     */
    public BytesOutside {
      if (from < 0 || to > 255 || from > to) {
        throw new IllegalArgumentException(
            "range: " + from + ".." + to + " (expected: within 0..255)");
      }
    }
  }

  /**
   * Matches if the value is not valid UTF-8: truncated or stray bytes, overlong forms or
   * surrogates.
   */
  record InvalidUtf8() implements Operator {}

  /** Matches if a percent sign in the value is not followed by two hexadecimal digits. */
  record InvalidPercent() implements Operator {}

  /** Matches any value, including an empty one. */
  record Exists() implements Operator {}

  private static void requireText(String text) {
    if (requireNonNull(text, "text").isEmpty()) {
      throw new IllegalArgumentException("text: \"\" (expected: at least one character)");
    }
  }
}
