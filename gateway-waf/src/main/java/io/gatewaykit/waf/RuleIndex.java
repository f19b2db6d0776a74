package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of rules, arranged so that a value is transformed once for all conditions with the
 * same transformations, scanned once for all with the same result, and not at all for those that do
 * not look at it. Immutable and thread-safe; {@link Texts} is not.
 */
final class RuleIndex {
  private static final int WINDOW = 1_000;
  private static final int UNKNOWN_CHARS = 60; // what is shown of a match longer than the window

  /** One condition of a rule. */
  record Part(Rule rule, int number, Condition condition) {}

  /** The parts with the same transformations; their numbers follow each other. */
  record Group(int chain, BitSet parts) {}

  /**
   * What to do to the result of another chain; the first has none before it.
   *
   * @param changed the traits without which none of its steps changes a text
   */
  private record Chain(int before, Transformation last, int changed) {}

  /** The parts that look at a target: at values with a name of their own, and at all others. */
  private record Lookers(Map<String, BitSet> named, BitSet others, BitSet globs) {}

  /** A part that looks at how many values a selector chooses. */
  record Counter(int part, Selector selector) {}

  private final List<Part> parts = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final List<Chain> chains = new ArrayList<>();
  private final Map<Target, Lookers> lookers = new EnumMap<>(Target.class);
  private final RuleMatcher matcher;
  private final Questions questions = new Questions();
  private final Set<Target> targets = EnumSet.noneOf(Target.class);
  private final List<Counter> counters = new ArrayList<>();
  private final BitSet inHead = new BitSet();
  private final BitSet inBody = new BitSet();
  private final BitSet inBodyOnly = new BitSet();
  private final BitSet inHeadOnly = new BitSet();

  RuleIndex(List<Rule> rules) {
    Map<List<Transformation>, List<Part>> byChain = new LinkedHashMap<>();
    for (Rule rule : rules) {
      for (int i = 0; i < rule.conditions().size(); i++) {
        Condition condition = rule.conditions().get(i);
        byChain
            .computeIfAbsent(condition.transformations(), chain -> new ArrayList<>())
            .add(new Part(rule, i, condition));
      }
    }
    Map<List<Transformation>, Integer> numbers = new HashMap<>();
    byChain.forEach((chain, list) -> {
      BitSet members = new BitSet();
      members.set(parts.size(), parts.size() + list.size());
      parts.addAll(list);
      groups.add(new Group(chain(chain, numbers), members));
    });
    for (Target target : Target.values()) {
      lookers.put(target, lookers(target));
    }
    for (int i = 0; i < parts.size(); i++) {
      Phase phase = parts.get(i).rule().phase();
      inHead.set(i, phase != Phase.BODY);
      inBody.set(i, phase != Phase.HEAD);
      inBodyOnly.set(i, phase == Phase.BODY);
      inHeadOnly.set(i, phase == Phase.HEAD);
      for (Selector selector : parts.get(i).condition().selectors()) {
        targets.add(selector.target());
        if (selector.use() == Selector.Use.COUNT) {
          counters.add(new Counter(i, selector));
        }
      }
    }
    matcher = new RuleMatcher(parts.stream().map(Part::condition).toList());
  }

  /** Returns the number of a chain, 0 for the empty one; its beginnings get smaller numbers. */
  private int chain(List<Transformation> steps, Map<List<Transformation>, Integer> numbers) {
    if (steps.isEmpty()) {
      return 0;
    }
    Integer known = numbers.get(steps);
    if (known == null) {
      int last = steps.size() - 1;
      int before = chain(steps.subList(0, last), numbers);
      int changed = before == 0 ? 0 : chains.get(before - 1).changed();
      chains.add(new Chain(before, steps.get(last), changed | Traits.changed(steps.get(last))));
      known = chains.size();
      numbers.put(steps, known);
    }
    return known;
  }

  private Lookers lookers(Target target) {
    Map<String, BitSet> named = new HashMap<>();
    BitSet globs = new BitSet();
    BitSet others = new BitSet();
    for (int i = 0; i < parts.size(); i++) {
      for (Selector selector : parts.get(i).condition().selectors()) {
        String name = selector.target() == target ? selector.name() : null;
        if (name != null && name.indexOf('*') >= 0) {
          globs.set(i);
        } else if (name != null) {
          named.put(Decoding.lowercase(name), new BitSet());
        }
      }
    }
    for (int i = 0; i < parts.size(); i++) {
      Condition condition = parts.get(i).condition();
      // What no selector names is looked at like any value without a name.
      others.set(i, !globs.get(i) && condition.looksAt(target, ""));
      for (Map.Entry<String, BitSet> entry : named.entrySet()) {
        entry.getValue().set(i, !globs.get(i) && condition.looksAt(target, entry.getKey()));
      }
    }
    return new Lookers(named, others, globs);
  }

  /** Returns the parts of requests that any rule looks at. */
  Set<Target> targets() {
    return targets;
  }

  List<Counter> counters() {
    return counters;
  }

  /** Returns the parts that look at values of the head as they come. Not to be changed. */
  BitSet inHead() {
    return inHead;
  }

  /** Returns the parts that look at values of the body. Not to be changed. */
  BitSet inBody() {
    return inBody;
  }

  /** Returns the parts that look at values of the head when the body is there. */
  BitSet inBodyOnly() {
    return inBodyOnly;
  }

  /**
   * Returns the parts that look at values of the head, and at none of the body. Not to be changed.
   */
  BitSet inHeadOnly() {
    return inHeadOnly;
  }

  /** Whether any rule needs values of the head when the body is there. */
  boolean looksBack() {
    return !counters.isEmpty() || !inBodyOnly.isEmpty();
  }

  Part part(int number) {
    return parts.get(number);
  }

  List<Group> groups() {
    return groups;
  }

  /** Returns the numbers of the parts that look at a value. Not to be changed. */
  BitSet lookingAt(Target target, String name) {
    Lookers all = requireNonNull(lookers.get(target));
    BitSet looking =
        all.named().isEmpty()
            ? all.others()
            : requireNonNullElse(all.named().get(Decoding.lowercase(name)), all.others());
    if (all.globs().isEmpty()) {
      return looking;
    }
    BitSet both = (BitSet) looking.clone();
    for (int i = all.globs().nextSetBit(0); i >= 0; i = all.globs().nextSetBit(i + 1)) {
      both.set(i, parts.get(i).condition().looksAt(target, name));
    }
    return both;
  }

  /** A text with one byte in each char, as it is after some of the transformations. */
  private static final class Form {
    final byte[] bytes;
    final int traits;
    private @Nullable String text;

    Form(byte[] bytes, int traits, @Nullable String text) {
      this.bytes = bytes;
      this.traits = traits;
      this.text = text;
    }

    static Form of(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      return new Form(bytes, Traits.of(bytes), text);
    }

    /**
     * Returns the form of a text as it came. One with chars beyond a byte was decoded by whoever
     * received it, so it becomes the UTF-8 that it was.
     */
    static Form received(String text) {
      Form form = of(text);
      if ((form.traits & Traits.QUESTION_MARK) != 0 && text.chars().anyMatch(c -> c > 0xFF)) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return new Form(utf8, Traits.of(utf8), null);
      }
      return form;
    }

    String text() {
      String known = text;
      if (known == null) {
        known = new String(bytes, StandardCharsets.ISO_8859_1);
        text = known;
      }
      return known;
    }

    /** Returns this form itself if the transformation changes nothing. */
    Form after(Transformation step) {
      if ((traits & Traits.changed(step)) == 0) {
        return this;
      }
      if (step == Transformation.LOWERCASE) {
        return new Form(Ascii.lowercase(bytes), traits & ~Traits.UPPER, null);
      }
      String changed = Decoding.apply(step, text());
      return changed.equals(text()) ? this : of(changed);
    }
  }

  /**
   * What the transformations make of a value, and which parts may hold for it. One value after the
   * other; not thread-safe.
   */
  final class Texts {
    private Form received = new Form(new byte[0], 0, "");
    private final @Nullable Form[] forms = new Form[chains.size() + 1]; // by chain
    private final int[] sameAs = new int[groups.size()]; // the first group with an equal text
    private final BitSet[] wanted = bitSets(groups.size());
    private final BitSet[] candidates = bitSets(groups.size());
    private final boolean[] scanned = new boolean[groups.size()];
    private final RuleMatcher.Pass pass = matcher.pass();

    /** Takes the next value, which these parts look at. */
    void next(String value, BitSet looking) {
      Arrays.fill(forms, null);
      received = Form.received(value);
      forms[0] = received;
      for (int i = 0; i < sameAs.length; i++) {
        BitSet members = groups.get(i).parts();
        scanned[i] = false;
        wanted[i].clear();
        sameAs[i] = -1;
        if (members.intersects(looking)) {
          sameAs[i] = first(form(i), i);
          wanted[sameAs[i]].or(members);
        }
      }
      for (BitSet set : wanted) {
        set.and(looking);
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
        Chain chain = chains.get(number - 1);
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
        pass.candidates(form(at).bytes, wanted[at], candidates[at]);
      }
      return candidates[at];
    }

    /** Tells whether a condition is known to hold wherever it is a candidate. */
    boolean isCertain(int part) {
      return matcher.isExact(part);
    }

    /**
     * Returns where in the text of a group what the condition asks for is, or null. In a long text
     * only a window is looked at closely, behind which the automaton knows that it is there: a
     * regular expression engine takes a hundred times longer, and an attacker may hit many rules.
     */
    int @Nullable [] span(int group, int part) {
      Operator operator = parts.get(part).condition().operator();
      byte[] bytes = form(group).bytes;
      if (bytes.length <= WINDOW || !matcher.isExact(part)) {
        return questions.ask(operator, text(group));
      }
      int end = pass.firstEnd(part, bytes);
      if (end < 0) {
        return null;
      }
      int from = Math.max(0, end - WINDOW);
      int to = Math.min(bytes.length, end + 1);
      int[] at =
          questions.ask(operator, new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
      return at == null
          ? new int[] {Math.max(0, end - UNKNOWN_CHARS), end}
          : new int[] {from + at[0], from + at[1]};
    }
  }

  private static BitSet[] bitSets(int count) {
    BitSet[] sets = new BitSet[count];
    Arrays.setAll(sets, i -> new BitSet());
    return sets;
  }
}
