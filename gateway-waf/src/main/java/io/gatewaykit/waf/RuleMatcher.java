package io.gatewaykit.waf;

import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Tells in one pass which rules may match a text, so that few patterns or none are run one by one.
 * It never leaves a rule out that would match: a char beyond Latin-1 becomes one byte that no
 * pattern names, and rules that could tell such chars apart are always named.
 */
final class RuleMatcher {
  private static final int MAX_LATIN = 0xff;
  private static final byte BEYOND = (byte) 0xff;

  private final PatternSet patterns;
  private final int[] ruleOfPattern;
  private final BitSet always = new BitSet();

  RuleMatcher(List<Condition> rules) {
    var regexes = new ArrayList<String>();
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < rules.size(); i++) {
      String regex = rules.get(i).operator() instanceof Operator.Matches m ? m.regex() : "";
      if (regex.isEmpty() || rules.get(i).negated() || tellsWideCharsApart(regex)) {
        always.set(i);
      } else {
        regexes.add(regex);
        numbers.add(i);
      }
    }
    patterns = PatternSet.of(regexes);
    ruleOfPattern = numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  private static boolean tellsWideCharsApart(String regex) {
    String lower = regex.toLowerCase(Locale.ROOT);
    return lower.chars().anyMatch(c -> c >= MAX_LATIN)
        || lower.contains("\\x{")
        || lower.contains("\\xff")
        || lower.contains("\\p")
        || lower.contains("\\u");
  }

  /** Returns the numbers of the rules that may match, in their order. */
  BitSet candidates(String text) {
    byte[] bytes = bytes(text);
    BitSet found = new BitSet();
    patterns.find(bytes, 0, bytes.length, found);
    BitSet rules = (BitSet) always.clone();
    for (int i = found.nextSetBit(0); i >= 0; i = found.nextSetBit(i + 1)) {
      rules.set(ruleOfPattern[i]);
    }
    return rules;
  }

  private static byte[] bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < bytes.length; i++) {
      // Only where a char has no byte of its own does the JDK write a question mark.
      if (bytes[i] == '?' && text.charAt(i) != '?') {
        return wide(text);
      }
    }
    return bytes;
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
