package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.Audience.Group;
import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The conditions of rules, arranged by the values that they look at and by what they ask to be done
 * to these first. Immutable and thread-safe.
 */
final class RuleIndex {
  /** Which values are looked at, and when. */
  enum Turn {
    /** The head's, with the head. */
    HEAD,
    /** The head's, when the body is there. */
    HEAD_AGAIN,
    /** The body's. */
    BODY;

    /** Tells whether the rules of a phase look at these values then. */
    boolean isFor(Phase phase) {
      return switch (this) {
        case HEAD -> phase != Phase.BODY;
        case HEAD_AGAIN -> phase == Phase.BODY;
        case BODY -> phase != Phase.HEAD;
      };
    }
  }

  /** One condition of a rule. */
  record Part(Rule rule, int number, Condition condition) {}

  /**
   * What to do to the result of another chain; the first has none before it.
   *
   * @param changed the traits without which none of its steps changes a text
   */
  record Chain(int before, Transformation last, int changed) {}

  /** A part that looks at how many values a selector chooses. */
  record Counter(Selector selector, Phase phase, Audience audience) {}

  /** Who looks at the values of a target: by their names, in lower case, and at all others. */
  private record Audiences(
      Map<String, Audience> named, List<Selector> globs, BitSet globbed, Audience others) {}

  private final List<Part> parts = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final List<Chain> chains = new ArrayList<>();
  private final Map<Turn, Map<Target, Audiences>> audiences = new EnumMap<>(Turn.class);
  private final List<Counter> counters = new ArrayList<>();
  private final Set<Target> targets = EnumSet.noneOf(Target.class);
  private final RuleMatcher matcher;
  private final Questions questions = new Questions();
  private final boolean looksBack;

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
    for (Turn turn : Turn.values()) {
      Map<Target, Audiences> byTarget = new EnumMap<>(Target.class);
      for (Target target : Target.values()) {
        byTarget.put(target, audiences(turn, target));
      }
      audiences.put(turn, byTarget);
    }
    for (int i = 0; i < parts.size(); i++) {
      for (Selector selector : parts.get(i).condition().selectors()) {
        targets.add(selector.target());
        if (selector.use() == Selector.Use.COUNT) {
          BitSet one = new BitSet();
          one.set(i);
          counters.add(new Counter(selector, parts.get(i).rule().phase(), audience(one, true)));
        }
      }
    }
    looksBack = !counters.isEmpty() || rules.stream().anyMatch(rule -> rule.phase() == Phase.BODY);
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
      int changed = changed(before) | Traits.changed(steps.get(last));
      chains.add(new Chain(before, steps.get(last), changed));
      known = chains.size();
      numbers.put(steps, known);
    }
    return known;
  }

  private int changed(int chain) {
    return chain == 0 ? 0 : chain(chain).changed();
  }

  private Audiences audiences(Turn turn, Target target) {
    List<Selector> globs = new ArrayList<>();
    BitSet globbed = new BitSet();
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < parts.size(); i++) {
      for (Selector selector : parts.get(i).condition().selectors()) {
        String name = selector.target() == target ? selector.name() : null;
        if (name != null && name.indexOf('*') >= 0) {
          globs.add(selector);
          globbed.set(i);
        } else if (name != null) {
          names.add(Decoding.lowercase(name));
        }
      }
    }
    Map<String, Audience> named = new HashMap<>();
    for (String name : names) {
      named.put(name, audience(lookingAt(turn, target, name), true));
    }
    // What no selector names is looked at like any value without a name.
    Audience others = audience(lookingAt(turn, target, ""), true);
    return new Audiences(named, globs, globbed, others);
  }

  private BitSet lookingAt(Turn turn, Target target, String name) {
    BitSet looking = new BitSet();
    for (int i = 0; i < parts.size(); i++) {
      looking.set(i, looksAt(i, turn, target, name));
    }
    return looking;
  }

  private boolean looksAt(int part, Turn turn, Target target, String name) {
    return turn.isFor(parts.get(part).rule().phase())
        && parts.get(part).condition().looksAt(target, name);
  }

  private Audience audience(BitSet looking, boolean lasting) {
    List<Group> narrowed = new ArrayList<>();
    int changed = 0;
    for (Group group : groups) {
      BitSet members = (BitSet) group.parts().clone();
      members.and(looking);
      if (!members.isEmpty()) {
        narrowed.add(new Group(group.chain(), members));
        changed |= changed(group.chain());
      }
    }
    return new Audience(looking, narrowed, changed, lasting);
  }

  /** Returns who looks at a value. */
  Audience audience(Turn turn, Target target, String name) {
    Audiences all = requireNonNull(requireNonNull(audiences.get(turn)).get(target));
    if (!all.named().isEmpty()) {
      Audience named = all.named().get(Decoding.lowercase(name));
      if (named != null) {
        return named;
      }
    }
    for (int g = 0; g < all.globs().size(); g++) { // asked for each value: without an iterator
      if (all.globs().get(g).covers(name)) {
        BitSet looking = (BitSet) all.others().parts().clone();
        all.globbed().stream().forEach(i -> looking.set(i, looksAt(i, turn, target, name)));
        return audience(looking, false);
      }
    }
    return all.others();
  }

  /** Returns the parts of requests that any rule looks at. */
  Set<Target> targets() {
    return targets;
  }

  List<Counter> counters() {
    return counters;
  }

  /** Whether any rule needs values of the head when the body is there. */
  boolean looksBack() {
    return looksBack;
  }

  Part part(int number) {
    return parts.get(number);
  }

  /** Returns into how many groups an audience may fall at most. */
  int groups() {
    return groups.size();
  }

  /** Returns a chain by its number, which is not 0. */
  Chain chain(int number) {
    return chains.get(number - 1);
  }

  /** Returns how many chains there are, without the empty one. */
  int chains() {
    return chains.size();
  }

  RuleMatcher matcher() {
    return matcher;
  }

  Questions questions() {
    return questions;
  }
}
