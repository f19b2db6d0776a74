// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import io.gatewaykit.waf.pattern.Syntax.Kind;
import org.jspecify.annotations.Nullable;

/** The named byte classes and position conditions of patterns. */
final class Escapes {
  private static final ByteSet LOWER = ByteSet.range('a', 'z');
  private static final ByteSet UPPER = ByteSet.range('A', 'Z');
  private static final ByteSet ALPHA = LOWER.or(UPPER);

  private Escapes() {}

  /**
   * Returns the condition denoted by an escape such as {@code \A}, or null if the letter denotes
   * none.
   */
  static @Nullable Kind condition(char letter) {
    return switch (letter) {
      case 'A' -> Kind.BEGIN_TEXT;
      case 'z' -> Kind.END_TEXT;
      case 'b' -> Kind.WORD_BOUNDARY;
      case 'B' -> Kind.NO_WORD_BOUNDARY;
      default -> null;
    };
  }

  /**
   * Returns the class denoted by an escape such as {@code \d}, or null if the letter denotes none.
   */
  static @Nullable ByteSet perlClass(char letter) {
    return switch (letter) {
      case 'd' -> ByteSet.DIGIT;
      case 'D' -> ByteSet.DIGIT.complement();
      case 's' -> ByteSet.SPACE;
      case 'S' -> ByteSet.SPACE.complement();
      case 'w' -> ByteSet.WORD;
      case 'W' -> ByteSet.WORD.complement();
      default -> null;
    };
  }

  /**
   * Returns the class named between {@code [:} and {@code :]}, or null if the name is unknown. In
   * case-insensitive patterns a class is folded before it is negated.
   */
  static @Nullable ByteSet posixClass(String name, boolean fold) {
    boolean negated = name.startsWith("^");
    ByteSet named = posixClass(negated ? name.substring(1) : name);
    if (named == null) {
      return null;
    }
    ByteSet folded = fold ? named.foldCase() : named;
    return negated ? folded.complement() : folded;
  }

  private static @Nullable ByteSet posixClass(String name) {
    return switch (name) {
      case "alnum" -> ALPHA.or(ByteSet.DIGIT);
      case "alpha" -> ALPHA;
      case "ascii" -> ByteSet.range(0, 0x7F);
      case "blank" -> ByteSet.of('\t').or(ByteSet.of(' '));
      case "cntrl" -> ByteSet.range(0, 0x1F).or(ByteSet.of(0x7F));
      case "digit" -> ByteSet.DIGIT;
      case "graph" -> ByteSet.range('!', '~');
      case "lower" -> LOWER;
      case "print" -> ByteSet.range(' ', '~');
      case "punct" ->
          ByteSet.range('!', '/')
              .or(ByteSet.range(':', '@'))
              .or(ByteSet.range('[', '`'))
              .or(ByteSet.range('{', '~'));
      case "space" -> ByteSet.SPACE.or(ByteSet.of(0x0B));
      case "upper" -> UPPER;
      case "word" -> ByteSet.WORD;
      case "xdigit" -> ByteSet.DIGIT.or(ByteSet.range('a', 'f')).or(ByteSet.range('A', 'F'));
      default -> null;
    };
  }
}
