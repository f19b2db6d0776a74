// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.pattern.Syntax.Alternatives;
import io.gatewaykit.waf.pattern.Syntax.Assertion;
import io.gatewaykit.waf.pattern.Syntax.Bytes;
import io.gatewaykit.waf.pattern.Syntax.Concat;
import io.gatewaykit.waf.pattern.Syntax.Kind;
import io.gatewaykit.waf.pattern.Syntax.Repeat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses an RE2 pattern over bytes in which a dot matches line breaks. All patterns have been
 * accepted by re2j, so syntax errors are not detected here. Constructs that this parser does not
 * support are rejected and left to re2j.
 */
final class Parser {
  private static final int MAX_DEPTH = 100;

  private final String s;
  private int at;
  private int depth;

  // Flags i, m and s of the current group.
  private boolean fold;
  private boolean lines;
  private boolean dotAll = true;

  /**
   * Whether the last atom was a flag group such as {@code (?i)}, to which no repetition applies.
   */
  private boolean onlyFlags;

  private Parser(String pattern) {
    s = pattern;
  }

  static Syntax parse(String pattern) throws UnsupportedPatternException {
    Parser parser = new Parser(pattern);
    Syntax tree = parser.alternatives();
    if (parser.at < pattern.length()) {
      throw parser.unsupported("text after the end");
    }
    return tree;
  }

  private Syntax alternatives() throws UnsupportedPatternException {
    if (++depth > MAX_DEPTH) {
      throw unsupported("nesting too deep");
    }
    List<Syntax> options = new ArrayList<>();
    do {
      options.add(sequence());
    } while (take('|'));
    depth--;
    return options.size() == 1 ? options.get(0) : new Alternatives(options);
  }

  private Syntax sequence() throws UnsupportedPatternException {
    List<Syntax> parts = new ArrayList<>();
    while (at < s.length() && s.charAt(at) != '|' && s.charAt(at) != ')') {
      parts.add(repeated(atom()));
    }
    return parts.size() == 1 ? parts.get(0) : new Concat(parts);
  }

  private Syntax repeated(Syntax atom) throws UnsupportedPatternException {
    Syntax out = atom;
    while (at < s.length()) {
      int[] bounds = bounds();
      if (bounds.length == 0) {
        return out;
      }
      if (onlyFlags) {
        throw unsupported("repetition after flags"); // RE2 would repeat the atom before the flags
      }
      take('?');
      out = new Repeat(out, bounds[0], bounds[1]);
    }
    return out;
  }

  /** Parses repetition bounds. Text that only resembles bounds is literal. */
  private int[] bounds() {
    if (take('*')) {
      return new int[] {0, -1};
    }
    if (take('+')) {
      return new int[] {1, -1};
    }
    if (take('?')) {
      return new int[] {0, 1};
    }
    int start = at;
    if (take('{')) {
      int min = number();
      int max = min;
      if (take(',')) {
        max = at < s.length() && s.charAt(at) == '}' ? -1 : number();
        min = max == -2 ? -2 : min;
      }
      if (min >= 0 && take('}')) {
        return new int[] {min, max};
      }
      at = start;
    }
    return new int[0];
  }

  /** Returns the number at the current position, or -2 if it is not a digit. */
  private int number() {
    int start = at;
    int value = 0;
    while (at < s.length() && s.charAt(at) >= '0' && s.charAt(at) <= '9') {
      value = Math.min(100_000, value * 10 + s.charAt(at++) - '0');
    }
    return at == start ? -2 : value;
  }

  private Syntax atom() throws UnsupportedPatternException {
    onlyFlags = false;
    char c = s.charAt(at++);
    return switch (c) {
      case '(' -> group();
      case '[' -> new Bytes(byteClass());
      case '.' -> new Bytes(dotAll ? ByteSet.ALL : ByteSet.NEWLINE.complement());
      case '^' -> new Assertion(lines ? Kind.BEGIN_LINE : Kind.BEGIN_TEXT);
      case '$' -> new Assertion(lines ? Kind.END_LINE : Kind.END_TEXT);
      case '\\' -> escape();
      default -> literal(c);
    };
  }

  private Syntax literal(int value) throws UnsupportedPatternException {
    if (value > 0xFF) {
      throw unsupported("a character above U+00FF");
    }
    ByteSet set = ByteSet.of(value);
    return new Bytes(fold ? set.foldCase() : set);
  }

  private Syntax group() throws UnsupportedPatternException {
    boolean outerFold = fold;
    boolean outerLines = lines;
    boolean outerDotAll = dotAll;
    if (take('?')) {
      if (s.startsWith("P<", at) || s.startsWith("<", at)) {
        at = s.indexOf('>', at) + 1;
      } else if (flags() == ')') {
        onlyFlags = true;
        return new Concat(List.of());
      }
    }
    Syntax body = alternatives();
    if (!take(')')) {
      throw unsupported("unclosed group");
    }
    onlyFlags = false;
    fold = outerFold;
    lines = outerLines;
    dotAll = outerDotAll;
    return body;
  }

  /** Parses flags up to a colon or a parenthesis, and returns that character. */
  private char flags() throws UnsupportedPatternException {
    boolean on = true;
    while (at < s.length()) {
      char c = s.charAt(at++);
      switch (c) {
        case 'i' -> fold = on;
        case 'm' -> lines = on;
        case 's' -> dotAll = on;
        case 'U' -> {} // swaps greedy and lazy, which does not affect matching
        case '-' -> on = false;
        case ':', ')' -> {
          return c;
        }
        default -> throw unsupported("flag " + c);
      }
    }
    throw unsupported("unclosed flag group");
  }

  private Syntax escape() throws UnsupportedPatternException {
    char letter = s.charAt(at);
    ByteSet perl = Escapes.perlClass(letter);
    Kind condition = Escapes.condition(letter);
    if (perl == null && condition == null) {
      return literal(escapedByte());
    }
    at++;
    return perl != null ? new Bytes(perl) : new Assertion(requireNonNull(condition));
  }

  private ByteSet byteClass() throws UnsupportedPatternException {
    boolean negated = take('^');
    ByteSet set = ByteSet.NONE;
    boolean first = true;
    while (first || s.charAt(at) != ']') {
      first = false;
      ByteSet named = namedClass();
      if (named != null) {
        set = set.or(named);
        continue;
      }
      int from = classByte();
      int to = from;
      if (s.charAt(at) == '-' && s.charAt(at + 1) != ']') {
        at++;
        to = classByte();
      }
      ByteSet range = ByteSet.range(from, to);
      set = set.or(fold ? range.foldCase() : range);
    }
    at++;
    return negated ? set.complement() : set;
  }

  private @Nullable ByteSet namedClass() throws UnsupportedPatternException {
    if (s.startsWith("[:", at)) {
      int end = s.indexOf(":]", at);
      ByteSet posix = end < 0 ? null : Escapes.posixClass(s.substring(at + 2, end), fold);
      if (posix == null) {
        throw unsupported("unknown character class");
      }
      at = end + 2;
      return posix;
    }
    if (s.charAt(at) == '\\') {
      ByteSet perl = Escapes.perlClass(s.charAt(at + 1));
      at += perl == null ? 0 : 2;
      return perl;
    }
    return null;
  }

  private int classByte() throws UnsupportedPatternException {
    char c = s.charAt(at++);
    int value = c == '\\' ? escapedByte() : c;
    if (value > 0xFF) {
      throw unsupported("a character above U+00FF");
    }
    return value;
  }

  private int escapedByte() throws UnsupportedPatternException {
    char c = s.charAt(at++);
    int control = "afnrtv".indexOf(c);
    if (control >= 0) {
      return "\007\f\n\r\t\013".charAt(control);
    }
    if (c == 'x') {
      boolean braced = take('{');
      int end = braced ? s.indexOf('}', at) : at + 2;
      int value = Integer.parseInt(s.substring(at, end), 16);
      at = braced ? end + 1 : end;
      return value;
    }
    if (c > 0x7F || Character.isLetterOrDigit(c)) {
      throw unsupported("escape \\" + c);
    }
    return c;
  }

  private boolean take(char c) {
    if (at < s.length() && s.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private UnsupportedPatternException unsupported(String construct) {
    return new UnsupportedPatternException(construct + " at " + at);
  }
}
