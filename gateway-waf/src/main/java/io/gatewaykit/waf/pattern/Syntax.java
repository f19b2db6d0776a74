// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.List;

/**
 * The syntax tree of a pattern. Greedy and lazy repetitions are not distinguished, because only the
 * existence of a match is reported.
 */
sealed interface Syntax {
  /** One byte of a set. */
  record Bytes(ByteSet set) implements Syntax {}

  /** A sequence; matches the empty text if it has no parts. */
  record Concat(List<Syntax> parts) implements Syntax {
    public Concat {
      parts = List.copyOf(parts);
    }
  }

  /** One of several alternatives. */
  record Alternatives(List<Syntax> options) implements Syntax {
    public Alternatives {
      options = List.copyOf(options);
    }
  }

  /** {@code min} to {@code max} repetitions; a {@code max} of -1 means unbounded. */
  record Repeat(Syntax body, int min, int max) implements Syntax {}

  /** A zero-width condition on the position. */
  record Assertion(Kind kind) implements Syntax {}

  /** The conditions on a position. */
  enum Kind {
    BEGIN_TEXT,
    END_TEXT,
    BEGIN_LINE,
    END_LINE,
    WORD_BOUNDARY,
    NO_WORD_BOUNDARY;

    /** The classes of the byte before a position. */
    static final int BEGIN = 0;

    static final int LINE_FEED = 1;
    static final int WORD = 2;
    static final int OTHER = 3;

    /**
     * Returns whether the condition holds between a byte of class {@code before} and the byte
     * {@code next}, which is -1 at the end of the text.
     */
    boolean holds(int before, int next) {
      return switch (this) {
        case BEGIN_TEXT -> before == BEGIN;
        case END_TEXT -> next < 0;
        case BEGIN_LINE -> before == BEGIN || before == LINE_FEED;
        case END_LINE -> next < 0 || next == '\n';
        case WORD_BOUNDARY -> (before == WORD) != isWord(next);
        case NO_WORD_BOUNDARY -> (before == WORD) == isWord(next);
      };
    }

    static int context(int value) {
      return value == '\n' ? LINE_FEED : isWord(value) ? WORD : OTHER;
    }

    private static boolean isWord(int value) {
      return value >= 0 && ByteSet.WORD.contains(value);
    }
  }
}
