package io.gatewaykit.waf.pattern;

import java.util.List;

/** The tree of a pattern. Greedy and lazy repeats are one: only whether it matches counts. */
sealed interface Syntax {
  /** One byte of a set. */
  record Bytes(ByteSet set) implements Syntax {}

  /** One after the other; nothing at all if empty. */
  record Concat(List<Syntax> parts) implements Syntax {
    public Concat {
      parts = List.copyOf(parts);
    }
  }

  /** One of several. */
  record Alternatives(List<Syntax> options) implements Syntax {
    public Alternatives {
      options = List.copyOf(options);
    }
  }

  /** {@code min} to {@code max} times; a {@code max} of -1 is without end. */
  record Repeat(Syntax body, int min, int max) implements Syntax {}

  /** A condition on the position, which takes no byte. */
  record Assertion(Kind kind) implements Syntax {}

  /** The conditions on a position. */
  enum Kind {
    BEGIN_TEXT,
    END_TEXT,
    BEGIN_LINE,
    END_LINE,
    WORD_BOUNDARY,
    NO_WORD_BOUNDARY;

    /** How the byte before a position counts. */
    static final int BEGIN = 0;

    static final int LINE_FEED = 1;
    static final int WORD = 2;
    static final int OTHER = 3;

    /** Returns whether it holds after such a byte and before this one; -1 is the end. */
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
