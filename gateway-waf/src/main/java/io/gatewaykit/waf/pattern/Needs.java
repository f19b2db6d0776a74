package io.gatewaykit.waf.pattern;

import io.gatewaykit.waf.pattern.Syntax.Alternatives;
import io.gatewaykit.waf.pattern.Syntax.Assertion;
import io.gatewaykit.waf.pattern.Syntax.Bytes;
import io.gatewaykit.waf.pattern.Syntax.Concat;
import io.gatewaykit.waf.pattern.Syntax.Repeat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Derives from a pattern what every text that matches it must hold (after the prefilters of Cox,
 * "Regular Expression Matching with a Trigram Index", 2012, with pairs of bytes).
 */
final class Needs {
  private static final int MAX_SET = 16;
  private static final int MAX_TEXTS = 256;
  private static final int MAX_LENGTH = 40;
  private static final int MAX_UNFOLDED = 4;
  private static final Set<String> EMPTY = Set.of("");

  /**
   * What is known of a part: all the texts it matches if they are few, case folded, else null and
   * what they need.
   */
  private record Known(@Nullable Set<String> texts, Need otherNeed) {
    static final Known UNKNOWN = new Known(null, Need.nothing());

    static Known of(Set<String> texts) {
      return new Known(texts, Need.nothing());
    }

    Need need() {
      return texts == null ? otherNeed : Needs.need(texts);
    }
  }

  private Needs() {}

  static Need of(Syntax pattern) {
    return known(pattern).need();
  }

  private static Known known(Syntax part) {
    if (part instanceof Bytes bytes) {
      Set<String> texts = new TreeSet<>();
      for (int i = 0; i < 256; i++) {
        if (bytes.set().contains(i)) {
          texts.add(String.valueOf((char) BytePairs.fold(i)));
        }
      }
      return texts.size() <= MAX_SET ? Known.of(texts) : Known.UNKNOWN;
    }
    if (part instanceof Assertion) {
      return Known.of(EMPTY);
    }
    if (part instanceof Concat concat) {
      return concat(concat.parts());
    }
    if (part instanceof Alternatives alternatives) {
      return alternatives(alternatives.options());
    }
    return repeat((Repeat) part);
  }

  private static Known concat(List<Syntax> parts) {
    List<Need> needs = new ArrayList<>();
    boolean whole = true;
    Set<String> texts = EMPTY;
    for (Syntax part : parts) {
      Known known = known(part);
      if (known.texts() == null) {
        whole = false;
        needs.add(need(texts));
        needs.add(known.need());
        texts = EMPTY;
      } else if (texts.size() * known.texts().size() <= MAX_TEXTS && longest(texts) < MAX_LENGTH) {
        texts = product(texts, known.texts());
      } else {
        whole = false;
        needs.add(need(texts));
        texts = known.texts();
      }
    }
    if (whole) {
      return Known.of(texts);
    }
    needs.add(need(texts));
    return new Known(null, Need.all(needs));
  }

  private static Known alternatives(List<Syntax> options) {
    Set<String> texts = new TreeSet<>();
    List<Need> needs = new ArrayList<>();
    boolean whole = true;
    for (Syntax option : options) {
      Known known = known(option);
      needs.add(known.need());
      if (known.texts() == null) {
        whole = false;
      } else {
        texts.addAll(known.texts());
      }
    }
    return whole && texts.size() <= MAX_TEXTS ? Known.of(texts) : new Known(null, Need.any(needs));
  }

  private static Known repeat(Repeat repeat) {
    Known body = known(repeat.body());
    if (repeat.min() == 0) {
      if (repeat.max() != 1 || body.texts() == null) {
        return Known.UNKNOWN;
      }
      Set<String> texts = new TreeSet<>(body.texts());
      texts.add("");
      return Known.of(texts);
    }
    if (repeat.min() == repeat.max() && body.texts() != null && repeat.min() <= MAX_UNFOLDED) {
      Set<String> texts = body.texts();
      for (int i = 1; i < repeat.min() && texts.size() <= MAX_TEXTS; i++) {
        texts = product(texts, body.texts());
      }
      if (texts.size() <= MAX_TEXTS && longest(texts) <= MAX_LENGTH) {
        return Known.of(texts);
      }
    }
    return new Known(null, body.need());
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

  private static int longest(Set<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(0);
  }

  private static Need need(Set<String> texts) {
    if (texts.contains("")) {
      return Need.nothing();
    }
    List<Need> needs = new ArrayList<>();
    Set<String> longer = new TreeSet<>();
    for (String text : texts) {
      if (text.length() == 1) {
        needs.add(new Need.Single(text.charAt(0)));
      } else {
        longer.add(text);
      }
    }
    needs.addAll(pairs(longer, 1));
    return Need.any(needs);
  }

  /** Returns the needs of texts with the same beginning, those with the same next pair as one. */
  private static List<Need> pairs(Set<String> texts, int at) {
    Map<String, Set<String>> byPair = new TreeMap<>();
    for (String text : texts) {
      byPair.computeIfAbsent(text.substring(at - 1, at + 1), k -> new TreeSet<>()).add(text);
    }
    List<Need> needs = new ArrayList<>();
    byPair.forEach((pair, same) -> {
      Need first = new Need.Pair(pair.charAt(0), pair.charAt(1));
      boolean over = same.stream().anyMatch(text -> text.length() == at + 1);
      Need rest = over ? Need.nothing() : Need.any(pairs(same, at + 1));
      needs.add(Need.all(List.of(first, rest)));
    });
    return needs;
  }
}
