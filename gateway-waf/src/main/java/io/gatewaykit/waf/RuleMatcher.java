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
 * by one. It never leaves one out that holds. Immutable and thread-safe.
 */
final class RuleMatcher {
  private static final int MAX_PHRASE_CHARS = 100_000;

  /** What stands for a condition that is not a pattern; no byte is outside of this. */
  private static final String NEVER = "[^\\x00-\\xff]";

  private final PatternSet patterns; // numbered as the conditions
  private final BitSet always = new BitSet();
  private final BitSet exact = new BitSet();

  RuleMatcher(List<Condition> conditions) {
    var regexes = new ArrayList<String>();
    for (int i = 0; i < conditions.size(); i++) {
      Condition condition = conditions.get(i);
      String regex = condition.negated() ? NEVER : regex(condition.operator());
      regexes.add(regex);
      always.set(i, regex.equals(NEVER));
      exact.set(i, !regex.equals(NEVER));
    }
    patterns = PatternSet.of(regexes);
  }

  /** Returns a pattern that occurs where the operator says yes. */
  private static String regex(Operator operator) {
    if (operator instanceof Operator.Matches matches) {
      return matches.regex();
    }
    if (operator instanceof Operator.Phrases phrases
        && phrases.phrases().stream().mapToInt(String::length).sum() <= MAX_PHRASE_CHARS) {
      return phrases.phrases().stream()
          .map(RuleMatcher::anyCase)
          .collect(Collectors.joining("|", "(?:", ")"));
    }
    return NEVER;
  }

  /** Returns a pattern for the bytes of a text, without regard to the case of ASCII letters. */
  private static String anyCase(String text) {
    StringBuilder pattern = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int lower = b | 0x20;
      if (lower >= 'a' && lower <= 'z') {
        pattern.append('[').append((char) lower).append((char) (lower - 32)).append(']');
      } else {
        pattern.append("\\x%02x".formatted(b));
      }
    }
    return pattern.toString();
  }

  /** Tells whether a condition holds wherever it is a candidate. */
  boolean isExact(int condition) {
    return exact.get(condition);
  }

  Pass pass() {
    return new Pass();
  }

  /** Looks at one text after the other. Not thread-safe. */
  final class Pass {
    private final PatternSet.Search search = patterns.search();

    /** Puts the wanted conditions that may hold for a text into {@code conditions}. */
    void candidates(byte[] text, BitSet wanted, BitSet conditions) {
      conditions.clear();
      conditions.or(always);
      search.find(text, 0, text.length, wanted, conditions);
      conditions.and(wanted);
    }
  }
}
