// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Composes patterns from named parts. The parts are RE2 and may contain alternatives. */
final class Regex {
  private Regex() {}

  /** Returns a group of alternatives. */
  static String any(String... alternatives) {
    return "(?:" + String.join("|", alternatives) + ")";
  }

  /** Returns alternatives that match whole words only. */
  static String word(String... words) {
    return "\\b" + any(words) + "\\b";
  }

  /** Returns alternatives from a list separated by white space. */
  static String words(String list) {
    return any(list.strip().split("\\s+"));
  }

  /** Returns an optional part. */
  static String maybe(String... alternatives) {
    return any(alternatives) + "?";
  }

  /** Returns a pattern for the start of a text that does not start with any of these prefixes. */
  static String unlike(String... prefixes) {
    Map<Character, List<String>> rests = new TreeMap<>();
    for (String prefix : prefixes) {
      rests.computeIfAbsent(prefix.charAt(0), c -> new ArrayList<>()).add(prefix.substring(1));
    }
    StringBuilder firsts = new StringBuilder();
    List<String> alternatives = new ArrayList<>();
    rests.forEach((first, rest) -> {
      String quoted = Character.isLetterOrDigit(first) ? "" + first : "\\" + first;
      firsts.append(quoted);
      if (!rest.contains("")) {
        alternatives.add(quoted + unlike(rest.toArray(new String[0])));
      }
    });
    alternatives.add("[^" + firsts + "]");
    return any(alternatives.toArray(new String[0]));
  }

  /** Returns a non-empty path segment that is none of these words and contains no at sign. */
  static String segmentUnlike(String... words) {
    return wordUnlike(List.of(words), "", true);
  }

  /**
   * Returns a non-empty name of small letters and these further characters that is none of these
   * words. A hyphen must be the last of the characters.
   */
  static String nameUnlike(String characters, String... words) {
    return wordUnlike(List.of(words), "abcdefghijklmnopqrstuvwxyz" + characters, true);
  }

  /** Returns an unequal word of these characters, or of all but slashes and at signs. */
  private static String wordUnlike(List<String> words, String characters, boolean first) {
    Map<Character, List<String>> rests = new TreeMap<>();
    for (String word : words) {
      if (!word.isEmpty()) {
        rests.computeIfAbsent(word.charAt(0), c -> new ArrayList<>()).add(word.substring(1));
      }
    }
    List<String> alternatives = new ArrayList<>();
    StringBuilder firsts = new StringBuilder();
    rests.forEach((letter, rest) -> {
      String quoted = Character.isLetterOrDigit(letter) ? "" + letter : "\\" + letter;
      firsts.append(quoted);
      alternatives.add(quoted + wordUnlike(rest, characters, false));
    });
    alternatives.add(
        characters.isEmpty()
            ? "[^/@" + firsts + "][^/@]*"
            : "[" + without(characters, rests.keySet()) + "][" + characters + "]*");
    if (!first && !words.contains("")) {
      alternatives.add("");
    }
    return any(alternatives.toArray(new String[0]));
  }

  private static String without(String characters, Set<Character> some) {
    StringBuilder rest = new StringBuilder();
    for (int i = 0; i < characters.length(); i++) {
      char c = characters.charAt(i);
      if (!some.contains(c)) {
        rest.append(c);
      }
    }
    return rest.toString();
  }
}
