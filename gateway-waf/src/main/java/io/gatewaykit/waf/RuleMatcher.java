package io.gatewaykit.waf;

import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Tells in one pass which conditions may hold for a text, so that few patterns or none are run one
 * by one. It never leaves one out that holds. Texts are bytes, one in each char.
 */
final class RuleMatcher {
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
      if (regex.isEmpty() || conditions.get(i).negated()) {
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

  /**
   * Adds to {@code conditions} the numbers of the wanted ones that may hold for a text; those that
   * are {@link #isExact exact} do hold.
   *
   * @param found empty, and the caller's to reuse once cleared
   */
  void candidates(String text, BitSet wanted, BitSet found, BitSet conditions) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    patterns.find(bytes, 0, bytes.length, i -> wanted.get(conditionOfPattern[i]), found);
    conditions.or(always);
    for (int i = found.nextSetBit(0); i >= 0; i = found.nextSetBit(i + 1)) {
      conditions.set(conditionOfPattern[i]);
    }
    conditions.and(wanted);
  }

  /** Tells whether a condition holds wherever it is a candidate. */
  boolean isExact(int condition) {
    return exact.get(condition);
  }
}
