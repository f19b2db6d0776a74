package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.Audience.Group;
import io.gatewaykit.waf.rule.Operator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the transformations make of a value, and which parts of rules may hold for it. A value is
 * transformed once for all groups of its audience with the same beginning of their chains, and read
 * once for all that see the same text. One value after the other; not thread-safe.
 */
final class Texts {
  private static final int WINDOW = 1_000;
  private static final int UNKNOWN_CHARS = 60; // what is shown of a match longer than the window

  private final RuleIndex index;
  private final RuleMatcher.Pass pass;
  private final @Nullable Form[] forms; // by chain
  private final int[] sameAs; // the first group with an equal text
  private final @Nullable BitSet[] wanted; // of those first groups
  private final @Nullable BitSet[] candidates;
  private final boolean[] scanned;
  private Form received = Form.received("");
  private List<Group> groups = List.of();

  Texts(RuleIndex index) {
    this.index = index;
    pass = index.matcher().pass();
    forms = new Form[index.chains() + 1];
    int most = index.groups();
    sameAs = new int[most];
    scanned = new boolean[most];
    wanted = new BitSet[most];
    candidates = new BitSet[most];
  }

  private static BitSet cleared(@Nullable BitSet[] sets, int number) {
    BitSet set = sets[number];
    if (set == null) { // most values need one only
      set = new BitSet();
      sets[number] = set;
    } else {
      set.clear();
    }
    return set;
  }

  /** Takes the next value, and those who look at it. */
  void next(String value, Audience audience) {
    groups = audience.groups();
    received = Form.received(value);
    Arrays.fill(scanned, 0, groups.size(), false);
    if ((received.traits & audience.changed()) == 0) { // all see it as it came
      Arrays.fill(forms, received);
      Arrays.fill(sameAs, 0, groups.size(), 0);
      cleared(wanted, 0).or(audience.parts());
      return;
    }
    Arrays.fill(forms, null);
    forms[0] = received;
    for (int i = 0; i < groups.size(); i++) {
      int first = first(form(i), i);
      sameAs[i] = first;
      BitSet seeing = first == i ? cleared(wanted, i) : requireNonNull(wanted[first]);
      seeing.or(groups.get(i).parts());
    }
  }

  private int first(Form form, int group) {
    for (int i = 0; i < group; i++) {
      if (sameAs[i] == i && (form(i) == form || Arrays.equals(form(i).bytes, form.bytes))) {
        return i;
      }
    }
    return group;
  }

  /** Returns the value as the parts of a group see it. */
  String text(int group) {
    return form(group).text();
  }

  private Form form(int group) {
    return chained(groups.get(group).chain());
  }

  private Form chained(int number) {
    Form form = forms[number];
    if (form == null) {
      RuleIndex.Chain chain = index.chain(number);
      boolean keeps = (received.traits & chain.changed()) == 0;
      form = keeps ? received : chained(chain.before()).after(chain.last());
      forms[number] = form;
    }
    return form;
  }

  /**
   * Returns the numbers of the parts that may hold for the text of a group, those of other groups
   * with an equal text among them.
   */
  BitSet candidates(int group) {
    int at = sameAs[group];
    if (!scanned[at]) {
      scanned[at] = true;
      BitSet found = cleared(candidates, at);
      pass.candidates(form(at).bytes, requireNonNull(wanted[at]), found);
    }
    return requireNonNull(candidates[at]);
  }

  /** Tells whether a condition is known to hold wherever it is a candidate. */
  boolean isCertain(int part) {
    return index.matcher().isExact(part);
  }

  /**
   * Returns where in the text of a group what the condition asks for is, or null. In a long text
   * only a window is looked at closely, behind which the automaton knows that it is there: a
   * regular expression engine takes a hundred times longer, and an attacker may hit many rules.
   */
  int @Nullable [] span(int group, int part) {
    Operator operator = index.part(part).condition().operator();
    byte[] bytes = form(group).bytes;
    if (bytes.length <= WINDOW || !isCertain(part)) {
      return index.questions().ask(operator, text(group));
    }
    int end = pass.firstEnd(part, bytes);
    if (end < 0) {
      return null;
    }
    int from = Math.max(0, end - WINDOW);
    int to = Math.min(bytes.length, end + 1);
    String window = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    int[] at = index.questions().ask(operator, window);
    return at == null
        ? new int[] {Math.max(0, end - UNKNOWN_CHARS), end}
        : new int[] {from + at[0], from + at[1]};
  }
}
