package io.gatewaykit.waf;

import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import java.util.BitSet;
import java.util.List;

/**
 * Tells in one pass which conditions may hold for a text, so that few patterns or none are run one
 * by one. It never leaves one out that holds. Immutable and thread-safe.
 */
final class RuleMatcher {
  /** What stands for a condition that is not looked for; no byte is outside of this. */
  private static final String NEVER = "[^\\x00-\\xff]";

  private final PatternSet patterns; // numbered as the conditions
  private final BitSet always = new BitSet();
  private final BitSet negated = new BitSet(); // those that hold where their pattern is not found

  RuleMatcher(List<Condition> conditions) {
    PatternSet.Builder set = PatternSet.builder();
    for (int i = 0; i < conditions.size(); i++) {
      Condition condition = conditions.get(i);
      if (condition.operator() instanceof Operator.Matches matches) {
        set.checkedPattern(matches.regex());
      } else if (condition.operator() instanceof Operator.Phrases phrases
          && phrases.phrases().size() <= PatternSet.MAX_PHRASES
          && phrases.phrases().stream().allMatch(RuleMatcher::isAscii)) {
        set.phrases(phrases.phrases());
      } else {
        set.checkedPattern(NEVER);
        always.set(i);
      }
      negated.set(i, condition.negated() && !always.get(i));
    }
    patterns = set.build();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c < 0x7F);
  }

  /** Tells whether a condition holds wherever it is a candidate. */
  boolean isExact(int condition) {
    return !always.get(condition);
  }

  Pass pass() {
    return new Pass();
  }

  /** Looks at one text after the other. Not thread-safe. */
  final class Pass {
    private final PatternSet.Search search = patterns.search();

    /** Adds the wanted conditions that may hold for a text to {@code conditions}, an empty set. */
    void candidates(byte[] text, BitSet wanted, BitSet conditions) {
      search.find(text, 0, text.length, wanted, conditions);
      conditions.xor(negated);
      conditions.or(always);
      conditions.and(wanted);
    }

    /** Returns an index near the end of what an {@link #isExact exact} condition found, or -1. */
    int firstEnd(int condition, byte[] text) {
      return search.firstEnd(condition, text, 0, text.length);
    }
  }
}
