package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for attacks in requests. Immutable and thread-safe. The time of an inspection is linear in
 * the request, and bounded.
 */
public final class Waf {
  private static final Logger log = LoggerFactory.getLogger(Waf.class);
  private static final int MAX_HITS = 64;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final WafMode mode;
  private final int threshold;
  private final WafLimits limits;
  private final List<Exclusion> exclusions;
  private final List<WafListener> listeners;
  private final RuleIndex index;

  private Waf(Builder builder) {
    mode = builder.mode;
    threshold = builder.threshold;
    limits = builder.limits;
    exclusions = List.copyOf(builder.exclusions);
    listeners = List.copyOf(builder.listeners);
    List<Rule> rules = new ArrayList<>();
    for (Rule rule : builder.builtin) {
      if (builder.families.contains(rule.family())) {
        rules.add(rule);
      }
    }
    rules.addAll(builder.rules);
    Set<String> ids = new HashSet<>();
    for (Rule rule : rules) {
      if (!ids.add(rule.id())) {
        throw new IllegalArgumentException("rule: " + rule.id() + " (expected: a unique id)");
      }
    }
    rules.removeIf(rule -> rule.paranoia() > builder.paranoia);
    index = new RuleIndex(rules);
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the mode. */
  public WafMode mode() {
    return mode;
  }

  /** Returns the limits. */
  public WafLimits limits() {
    return limits;
  }

  /** Inspects a whole request: its head, and its body if it has one. */
  public WafResult inspect(WafRequest request) {
    RequestValues values = new RequestValues(limits);
    values.head(request);
    return judge(request, values.body(request));
  }

  /** Inspects path, query, cookies and header fields. */
  public WafResult inspectHead(WafRequest request) {
    return judge(request, new RequestValues(limits).head(request));
  }

  /** Inspects the body. */
  public WafResult inspectBody(WafRequest request) {
    return judge(request, new RequestValues(limits).body(request));
  }

  private WafResult judge(WafRequest request, List<Value> values) {
    if (mode == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    Map<String, RuleHit> hits = new LinkedHashMap<>();
    Map<String, BitSet> held = new HashMap<>();
    long work = 0;
    boolean exhausted = false;
    RuleIndex.Texts texts = index.new Texts();
    for (Value value : values) {
      BitSet looking = index.lookingAt(value.target(), value.name());
      texts.next(value.text(), looking);
      for (int group = 0; group < index.groups().size(); group++) {
        BitSet members = index.groups().get(group).parts();
        if (!members.intersects(looking)) {
          continue;
        }
        work += value.text().length() + 1L;
        if (work > limits.workChars()) {
          exhausted = true;
          break;
        }
        BitSet candidates = texts.candidates(group);
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
          RuleIndex.Part part = index.part(i);
          if (members.get(i) && !hits.containsKey(part.rule().id())) {
            work += value.text().length();
            match(request, i, value, texts, group, held, hits);
          }
        }
      }
    }
    return result(request, hits, exhausted);
  }

  private void match(
      WafRequest request,
      int number,
      Value value,
      RuleIndex.Texts texts,
      int group,
      Map<String, BitSet> held,
      Map<String, RuleHit> hits) {
    RuleIndex.Part part = index.part(number);
    Condition condition = part.condition();
    Rule rule = part.rule();
    BitSet numbers = held.computeIfAbsent(rule.id(), id -> new BitSet());
    if (numbers.get(part.number())) {
      return; // another value has answered yes, and the rule waits for other conditions
    }
    if (hits.size() >= MAX_HITS) {
      return;
    }
    boolean certain = texts.isCertain(number);
    int[] span = certain ? null : texts.span(group, number);
    if (!certain && (span != null) == condition.negated()) {
      return;
    }
    for (Exclusion exclusion : exclusions) {
      if (exclusion.covers(rule, value.target(), value.name(), request.rawTarget())) {
        return;
      }
    }
    numbers.set(part.number());
    if (numbers.cardinality() < rule.conditions().size()) {
      return;
    }
    if (certain) { // only where it matched is not known yet, and it is asked late as it is slow
      span = texts.span(group, number);
    }
    String text = texts.text(group);
    int start = span == null ? 0 : span[0];
    int end = span == null ? text.length() : span[1];
    hits.put(
        rule.id(),
        new RuleHit(
            rule.id(),
            rule.family(),
            rule.message(),
            rule.severity(),
            rule.action(),
            value.target(),
            value.name(),
            start,
            end,
            RuleHit.excerpt(text, start, end),
            condition.transformations(),
            rule.score(),
            Exclusion.rule(rule.id()).target(value.target(), value.name())));
  }

  private WafResult result(WafRequest request, Map<String, RuleHit> hits, boolean exhausted) {
    if (hits.isEmpty() && !exhausted) {
      return WafResult.CLEAN;
    }
    int score = hits.values().stream().mapToInt(RuleHit::score).sum();
    byte[] id = new byte[12];
    RANDOM.nextBytes(id);
    boolean refused = hits.values().stream().anyMatch(hit -> hit.action() == Rule.Action.BLOCK);
    boolean blocked = mode == WafMode.BLOCK && (exhausted || refused || score >= threshold);
    WafResult result =
        new WafResult(
            blocked, HexFormat.of().formatHex(id), score, List.copyOf(hits.values()), exhausted);
    for (WafListener listener : listeners) {
      try {
        listener.onIncident(request, result);
      } catch (RuntimeException e) {
        log.debug("a WAF listener failed", e);
      }
    }
    return result;
  }

  /** Collects the settings of a {@link Waf}. Not thread-safe. */
  public static final class Builder {
    private WafMode mode = WafMode.BLOCK;
    private int threshold = 5;
    private int paranoia = 1;
    private WafLimits limits = WafLimits.defaults();
    private final Set<RuleFamily> families = EnumSet.allOf(RuleFamily.class);
    private List<Rule> builtin = BuiltinRules.all();
    private final List<Rule> rules = new ArrayList<>();
    private final List<Exclusion> exclusions = new ArrayList<>();
    private final List<WafListener> listeners = new ArrayList<>();

    private Builder() {}

    /** Sets the mode. Default: {@link WafMode#BLOCK}. */
    public Builder mode(WafMode mode) {
      this.mode = requireNonNull(mode, "mode");
      return this;
    }

    /**
     * Sets the score at which a request is blocked. Default: 5.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder threshold(int threshold) {
      if (threshold < 1 || threshold > 10_000) {
        throw new IllegalArgumentException("threshold: " + threshold + " (expected: 1..10000)");
      }
      this.threshold = threshold;
      return this;
    }

    /**
     * Sets the paranoia level: 1 spares ordinary traffic, 3 finds most and asks for many
     * exclusions. Default: 1.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder paranoia(int level) {
      if (level < 1 || level > 3) {
        throw new IllegalArgumentException("paranoia: " + level + " (expected: 1..3)");
      }
      this.paranoia = level;
      return this;
    }

    /** Sets the limits. Default: {@link WafLimits#defaults()}. */
    public Builder limits(WafLimits limits) {
      this.limits = requireNonNull(limits, "limits");
      return this;
    }

    /** Sets which families of built-in rules apply. Default: all. */
    public Builder families(RuleFamily... chosen) {
      families.clear();
      families.addAll(List.of(chosen));
      return this;
    }

    /** Adds a rule. */
    public Builder rule(Rule rule) {
      rules.add(requireNonNull(rule, "rule"));
      return this;
    }

    /** Adds an exclusion. */
    public Builder exclude(Exclusion exclusion) {
      exclusions.add(requireNonNull(exclusion, "exclusion"));
      return this;
    }

    /** Adds a listener. */
    public Builder listener(WafListener listener) {
      listeners.add(requireNonNull(listener, "listener"));
      return this;
    }

    Builder builtin(List<Rule> all) {
      builtin = List.copyOf(all);
      return this;
    }

    /**
     * Builds the firewall.
     *
     * @throws IllegalArgumentException if two rules have the same id
     */
    public Waf build() {
      return new Waf(this);
    }
  }
}
