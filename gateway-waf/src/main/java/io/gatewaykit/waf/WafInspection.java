package io.gatewaykit.waf;

import io.gatewaykit.waf.Audience.Group;
import io.gatewaykit.waf.RuleIndex.Turn;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Selector;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The inspection of one request: its head, then perhaps its body. What the head scored counts with
 * the body, and all of it is by one {@link Waf}, whatever becomes of the guard's. Used by one
 * thread at a time.
 */
public final class WafInspection {
  private static final int MAX_HITS = 64;

  private final Waf waf;
  private final WafRequest request;
  private final RuleIndex index;
  private final RequestValues values;
  private @Nullable Texts texts; // made when a value has to be looked at
  private final Map<String, RuleHit> hits = new LinkedHashMap<>();
  private final Map<String, BitSet> held = new HashMap<>();
  private String incident = "";
  private int told; // how many hits listeners know
  private long work;
  private boolean exhausted;

  WafInspection(Waf waf, WafRequest request) {
    this.waf = waf;
    this.request = request;
    this.index = waf.index();
    this.values = new RequestValues(waf.limits(), index.targets());
  }

  /** Inspects path, query, cookies and header fields, once. */
  public WafResult head() {
    if (waf.mode() == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    values.head(request);
    judge(values.values(), Turn.HEAD);
    count(Turn.HEAD::isFor);
    return result(request);
  }

  /** Inspects the head of a request whose body follows at once, and tells nobody. */
  void quietHead() {
    if (waf.mode() != WafMode.OFF) {
      values.head(request);
      judge(values.values(), Turn.HEAD);
      count(phase -> phase == Phase.HEAD);
    }
  }

  /**
   * Inspects the body, once, after the head.
   *
   * @param withBody the request whose head was inspected, now with its body
   * @return what head and body came to together
   */
  public WafResult body(WafRequest withBody) {
    if (waf.mode() == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    int heads = values.values().size();
    values.body(withBody);
    List<Value> all = values.values();
    if (index.looksBack()) {
      judge(all.subList(0, heads), Turn.HEAD_AGAIN);
    }
    judge(all.subList(heads, all.size()), Turn.BODY);
    count(Turn.BODY::isFor);
    return result(withBody);
  }

  /** Whether anything of this must be known when the body comes. */
  boolean isNeeded() {
    return !hits.isEmpty() || !held.isEmpty() || index.looksBack();
  }

  WafRequest request() {
    return request;
  }

  private void judge(List<Value> some, Turn turn) {
    for (Value value : some) {
      look(value, index.audience(turn, value.target(), value.name()));
    }
  }

  private void look(Value value, Audience audience) {
    if (audience.isEmpty() || exhausted) {
      return;
    }
    List<Group> groups = audience.groups();
    long chars = value.text().length() + 1L;
    if (waf.clean().contains(value, audience)) {
      spend(groups.size() * chars); // what it cost the first time, so that it always costs the same
      return;
    }
    Texts seen = texts();
    seen.next(value.text(), audience);
    boolean clean = true;
    for (int group = 0; group < groups.size(); group++) {
      if (!spend(chars)) {
        return;
      }
      BitSet members = groups.get(group).parts();
      BitSet candidates = seen.candidates(group);
      clean &= candidates.isEmpty();
      for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
        if (members.get(i) && !hits.containsKey(index.part(i).rule().id())) {
          if (!spend(value.text().length())) {
            return;
          }
          match(i, value, seen, group);
        }
      }
    }
    if (clean) {
      waf.clean().add(value, audience);
    }
  }

  private Texts texts() {
    Texts made = texts;
    if (made == null) {
      made = new Texts(index);
      texts = made;
    }
    return made;
  }

  private boolean spend(long chars) {
    work += chars;
    exhausted |= work > waf.limits().workChars();
    return !exhausted;
  }

  /** Asks the rules of some phases that look at how many values there are. */
  private void count(Predicate<Phase> phases) {
    for (RuleIndex.Counter counter : index.counters()) {
      if (phases.test(counter.phase())) {
        Selector selector = counter.selector();
        long number =
            values.values().stream()
                .filter(v -> v.target() == selector.target())
                .filter(v -> selector.covers(v.name()))
                .count();
        String name = selector.name() == null ? "number" : selector.name();
        look(new Value(selector.target(), name, Long.toString(number)), counter.audience());
      }
    }
  }

  private void match(int number, Value value, Texts texts, int group) {
    RuleIndex.Part part = index.part(number);
    Condition condition = part.condition();
    Rule rule = part.rule();
    BitSet numbers = held.get(rule.id());
    if ((numbers != null && numbers.get(part.number())) || hits.size() >= MAX_HITS) {
      return; // another value has answered yes, and the rule waits for other conditions
    }
    boolean certain = texts.isCertain(number);
    int[] span = certain ? null : texts.span(group, number);
    if (!certain && (span != null) == condition.negated()) {
      return;
    }
    if (waf.isExcluded(rule, value, request)) {
      return;
    }
    if (rule.conditions().size() > 1) {
      numbers = held.computeIfAbsent(rule.id(), id -> new BitSet());
      numbers.set(part.number());
      if (numbers.cardinality() < rule.conditions().size()) {
        return;
      }
    }
    if (certain) { // only where it matched is not known yet, and it is asked late as it is slow
      span = texts.span(group, number);
    }
    String text = texts.text(group);
    int start = span == null ? 0 : span[0];
    int end = span == null ? text.length() : span[1];
    hits.put(rule.id(), RuleHit.of(rule, condition, value, text, start, end));
  }

  /** Returns what was found so far, and tells listeners of what is new. */
  private WafResult result(WafRequest of) {
    int known = told;
    if (hits.isEmpty() && !exhausted) {
      return WafResult.CLEAN;
    }
    if (incident.isEmpty()) {
      incident = Waf.newIncident();
    }
    WafResult result = waf.result(List.copyOf(hits.values()), incident, exhausted);
    if (hits.size() > known || exhausted) {
      waf.tell(of, result, known);
      told = hits.size();
    }
    return result;
  }
}
