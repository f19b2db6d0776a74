// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import io.gatewaykit.waf.pattern.Syntax.Alternatives;
import io.gatewaykit.waf.pattern.Syntax.Assertion;
import io.gatewaykit.waf.pattern.Syntax.Bytes;
import io.gatewaykit.waf.pattern.Syntax.Concat;
import io.gatewaykit.waf.pattern.Syntax.Repeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Derives the literals that every match of a pattern contains (after the prefilters of Cox,
 * "Regular Expression Matching with a Trigram Index", 2012).
 */
final class LiteralExtractor {
  private static final int MAX_SET = 20;
  private static final int MAX_TEXTS = 64;
  private static final int MAX_LENGTH = 40;
  private static final int MAX_UNFOLDED = 4;
  private static final int WINDOW = 5; // longer texts are hardly more selective
  private static final Set<String> EMPTY = Set.of("");

  /**
   * The prefilter condition of a pattern.
   *
   * @param need a condition met by every text in which the pattern occurs
   * @param enough whether it is also sufficient: the pattern occurs in every text that meets it
   */
  record Known(RequiredLiterals need, boolean enough) {}

  /**
   * The analysis of a subexpression: the full list of texts that it matches if they are few,
   * otherwise null and the condition that they share.
   *
   * @param texts folded
   * @param exact whether it matches every text that folds to one of these
   */
  private record Part(@Nullable Set<String> texts, boolean exact, RequiredLiterals otherNeed) {
    static final Part UNKNOWN = new Part(null, false, RequiredLiterals.nothing());

    static Part of(Set<String> texts, boolean exact) {
      return new Part(texts, exact, RequiredLiterals.nothing());
    }

    static Part needing(RequiredLiterals need) {
      return new Part(null, false, need);
    }

    RequiredLiterals need() {
      return texts == null ? otherNeed : LiteralExtractor.need(texts);
    }
  }

  private LiteralExtractor() {}

  static Known of(Syntax pattern) {
    Part part = part(pattern);
    if (part.exact() && part.texts() != null && !part.texts().contains("")) {
      return new Known(new RequiredLiterals.OneOf(part.texts()), true);
    }
    return new Known(part.need(), false);
  }

  private static Part part(Syntax part) {
    if (part instanceof Bytes bytes) {
      return bytes(bytes.set());
    }
    if (part instanceof Assertion) {
      return Part.of(EMPTY, false);
    }
    if (part instanceof Concat concat) {
      return concat(concat.parts());
    }
    if (part instanceof Alternatives alternatives) {
      return alternatives(alternatives.options());
    }
    return repeat((Repeat) part);
  }

  private static Part bytes(ByteSet set) {
    if (set.asciiSize() > 2 * MAX_SET) { // more than MAX_SET symbols, with both cases of each
      return Part.UNKNOWN;
    }
    Set<String> texts = new TreeSet<>();
    boolean exact = true;
    for (int i = 0; i < 256; i++) {
      if (set.contains(i)) {
        exact &= i < FoldedByte.BEYOND;
        texts.add(String.valueOf((char) FoldedByte.fold(i)));
      }
    }
    return texts.size() <= MAX_SET
        ? Part.of(texts, exact && set.foldCase().equals(set))
        : Part.UNKNOWN;
  }

  private static Part concat(List<Syntax> parts) {
    List<RequiredLiterals> needs = new ArrayList<>();
    boolean whole = true;
    boolean exact = true;
    Set<String> texts = EMPTY;
    for (Syntax syntax : parts) {
      Part part = part(syntax);
      exact &= part.exact();
      if (part.texts() == null) {
        whole = false;
        needs.add(need(texts));
        needs.add(part.need());
        texts = EMPTY;
      } else if (texts.equals(EMPTY)) {
        texts = part.texts();
      } else if (isSmall(texts, part.texts())) {
        texts = product(texts, part.texts());
      } else {
        whole = false;
        needs.add(need(texts));
        texts = part.texts();
      }
    }
    if (whole) {
      return Part.of(texts, exact);
    }
    needs.add(need(texts));
    return Part.needing(RequiredLiterals.all(needs));
  }

  private static Part alternatives(List<Syntax> options) {
    Set<String> texts = new TreeSet<>();
    List<RequiredLiterals> needs = new ArrayList<>();
    boolean whole = true;
    boolean exact = true;
    for (Syntax option : options) {
      Part part = part(option);
      needs.add(part.need());
      exact &= part.exact();
      if (part.texts() == null) {
        whole = false;
      } else {
        texts.addAll(part.texts());
      }
    }
    return whole && texts.size() <= (exact ? PatternSet.MAX_PHRASES : MAX_TEXTS)
        ? Part.of(texts, exact)
        : Part.needing(RequiredLiterals.any(needs));
  }

  private static Part repeat(Repeat repeat) {
    Part body = part(repeat.body());
    if (repeat.min() == 0) {
      if (repeat.max() != 1 || body.texts() == null) {
        return Part.UNKNOWN;
      }
      Set<String> texts = new TreeSet<>(body.texts());
      texts.add("");
      return Part.of(texts, body.exact());
    }
    if (repeat.min() == repeat.max() && body.texts() != null && repeat.min() <= MAX_UNFOLDED) {
      Set<String> texts = body.texts();
      for (int i = 1; i < repeat.min() && texts.size() <= MAX_TEXTS; i++) {
        texts = product(texts, body.texts());
      }
      if (texts.size() <= MAX_TEXTS && longest(texts) <= MAX_LENGTH) {
        return Part.of(texts, body.exact());
      }
    }
    return Part.needing(body.need());
  }

  private static Set<String> product(Set<String> left, Set<String> right) {
    Set<String> both = new TreeSet<>();
    for (String a : left) {
      for (String b : right) {
        both.add(a + b);
      }
    }
    return both;
  }

  /** Returns whether the cross product is small enough. A single text may have any length. */
  private static boolean isSmall(Set<String> left, Set<String> right) {
    int size = left.size() * right.size();
    return size == 1 || (size <= MAX_TEXTS && longest(left) < MAX_LENGTH);
  }

  private static int longest(Set<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(0);
  }

  private static RequiredLiterals need(Set<String> texts) {
    if (texts.contains("")) {
      return RequiredLiterals.nothing();
    }
    Set<String> windows = new TreeSet<>();
    texts.forEach(text -> windows.add(rarestWindow(text)));
    Set<String> shortest = new TreeSet<>(windows);
    if (windows.size() <= MAX_TEXTS) {
      shortest.removeIf(
          text -> windows.stream().anyMatch(part -> !part.equals(text) && text.contains(part)));
    }
    return new RequiredLiterals.OneOf(shortest);
  }

  private static String rarestWindow(String text) {
    String rarest = text.substring(0, Math.min(WINDOW, text.length()));
    for (int i = 1; i + WINDOW <= text.length(); i++) {
      String window = text.substring(i, i + WINDOW);
      if (FoldedByte.frequency(window) < FoldedByte.frequency(rarest)) {
        rarest = window;
      }
    }
    return rarest;
  }
}
