package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.waf.pattern.PatternSet;
import java.util.List;

/**
 * What a {@link Condition} asks of a value. Values are bytes; the texts here stand for their UTF-8.
 * All take time linear in the value.
 */
public sealed interface Operator {

  /**
   * An RE2 pattern occurs. A dot matches line breaks, {@code $} is the end of the value, {@code
   * \x80} to {@code \xff} are bytes.
   *
   * @param regex the pattern
   */
  record Matches(String regex) implements Operator {
    /**
     * Checks the pattern.
     *
     * @throws IllegalArgumentException if it is not an RE2 pattern; the message says where
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
   * One of many phrases occurs, without regard to ASCII case. Thousands cost no more than one.
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
   * A text occurs.
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
   * The value is this text.
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
   * The value begins with a text.
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
   * The value ends with a text.
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
   * The value occurs in a text, as {@code GET} does in {@code GET HEAD POST}.
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
   * The value is a number in some relation to another. A value's number is that of the decimal
   * digits, with or without a sign, that it begins with, or 0.
   *
   * @param relation the relation
   * @param number the other number
   */
  record Compare(Relation relation, long number) implements Operator {
    /** Relations between a value and a number. */
    public enum Relation {
      /** Less. */
      LESS,
      /** Less or the same. */
      AT_MOST,
      /** The same. */
      EQUAL,
      /** The same or more. */
      AT_LEAST,
      /** More. */
      MORE
    }

    /** Checks the relation. */
    public Compare {
      requireNonNull(relation, "relation");
    }

    /** Tells whether a value with this number answers yes. */
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
   * The value is an IP address in one of these networks. Names are never resolved.
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
   * The value holds a byte outside of this range.
   *
   * @param from the lowest byte allowed, 0 to 255
   * @param to the highest byte allowed, {@code from} to 255
   */
  record BytesOutside(int from, int to) implements Operator {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if it is none
     */
    public BytesOutside {
      if (from < 0 || to > 255 || from > to) {
        throw new IllegalArgumentException(
            "range: " + from + ".." + to + " (expected: within 0..255)");
      }
    }
  }

  /** The value is not UTF-8: bytes that stand alone, overlong forms, surrogates. */
  record InvalidUtf8() implements Operator {}

  /** A percent sign in the value is not followed by two hexadecimal digits. */
  record InvalidPercent() implements Operator {}

  /** There is a value, whatever it is. */
  record Exists() implements Operator {}

  private static void requireText(String text) {
    if (requireNonNull(text, "text").isEmpty()) {
      throw new IllegalArgumentException("text: \"\" (expected: at least one character)");
    }
  }
}
