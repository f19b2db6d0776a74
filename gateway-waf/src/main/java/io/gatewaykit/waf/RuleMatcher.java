package io.gatewaykit.waf;

import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Tells in one pass which conditions may hold for a text, so that few patterns or none are run one
 * by one. It never leaves one out that holds: a char beyond Latin-1 becomes one byte that no
 * pattern names, and conditions that could tell such chars apart are always named.
 */
final class RuleMatcher {
  private static final int MAX_LATIN = 0xff;
  private static final byte BEYOND = (byte) 0xff;
  private static final int MAX_PHRASE_CHARS = 8_000;

  private final PatternSet patterns;
  private final int[] conditionOfPattern;
  private final BitSet always = new BitSet();
  private final BitSet exact = new BitSet(); // those whose own pattern is looked for

  RuleMatcher(List<Condition> conditions) {
    var regexes = new ArrayList<String>();
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < conditions.size(); i++) {
      String regex = regex(conditions.get(i).operator());
      if (regex.isEmpty() || conditions.get(i).negated() || tellsWideCharsApart(regex)) {
        always.set(i);
      } else {
        regexes.add(regex);
        numbers.add(i);
        exact.set(i, conditions.get(i).operator() instanceof Operator.Matches);
      }
    }
    patterns = PatternSet.of(regexes);
    conditionOfPattern = numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Returns a pattern that occurs wherever the operator says yes, or an empty one. */
  private static String regex(Operator operator) {
    if (operator instanceof Operator.Matches matches) {
      return matches.regex();
    }
    if (operator instanceof Operator.Phrases phrases) {
      boolean plain = phrases.phrases().stream().allMatch(RuleMatcher::isAscii);
      int chars = phrases.phrases().stream().mapToInt(String::length).sum();
      return plain && chars <= MAX_PHRASE_CHARS
          ? phrases.phrases().stream()
              .map(RuleMatcher::quote)
              .collect(Collectors.joining("|", "(?i)(?:", ")"))
          : "";
    }
    return "";
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder();
    text.chars().forEach(c -> quoted.append("\\x%02x".formatted(c)));
    return quoted.toString();
  }

  private static boolean tellsWideCharsApart(String regex) {
    String lower = regex.toLowerCase(Locale.ROOT);
    return lower.chars().anyMatch(c -> c >= MAX_LATIN)
        || lower.contains("\\x{")
        || lower.contains("\\xff")
        || lower.contains("\\p")
        || lower.contains("\\u");
  }

  /**
   * Adds to {@code conditions} the numbers of the wanted ones that may hold for a text.
   *
   * @param found empty, and the caller's to reuse once cleared
   * @return whether the {@link #isExact exact} ones are certain to hold: the text is all bytes
   */
  boolean candidates(String text, BitSet wanted, BitSet found, BitSet conditions) {
    byte[] latin = text.getBytes(StandardCharsets.ISO_8859_1);
    boolean allBytes = isAllBytes(text, latin);
    byte[] bytes = allBytes ? latin : wide(text);
    patterns.find(bytes, 0, bytes.length, i -> wanted.get(conditionOfPattern[i]), found);
    conditions.or(always);
    for (int i = found.nextSetBit(0); i >= 0; i = found.nextSetBit(i + 1)) {
      conditions.set(conditionOfPattern[i]);
    }
    conditions.and(wanted);
    return allBytes;
  }

  /** Tells whether a condition holds wherever it is a candidate, if the text is all bytes. */
  boolean isExact(int condition) {
    return exact.get(condition);
  }

  private static boolean isAllBytes(String text, byte[] latin) {
    for (int i = 0; i < latin.length; i++) {
      // Only where a char has no byte of its own does the JDK write a question mark.
      if (latin[i] == '?' && text.charAt(i) != '?') {
        return false;
      }
    }
    return true;
  }

  private static byte[] wide(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = text.charAt(i);
      bytes[i] =
          switch (c) {
            case '\u212a' -> (byte) 'k'; // what equals an ASCII letter when case does not count
            case '\u017f' -> (byte) 's';
            default -> c <= MAX_LATIN ? (byte) c : BEYOND;
          };
    }
    return bytes;
  }
}
