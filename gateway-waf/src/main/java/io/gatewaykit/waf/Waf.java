package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Matcher;
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
  private final List<Group> groups;

  /** The rules with the same transformations: a text is transformed and scanned once for all. */
  private record Group(
      List<Transformation> steps, List<Rule> rules, RuleMatcher matcher, Set<Target> targets) {}

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
    Map<List<Transformation>, List<Rule>> byChain = new LinkedHashMap<>();
    for (Rule rule : rules) {
      if (!ids.add(rule.id())) {
        throw new IllegalArgumentException("rule: " + rule.id() + " (expected: a unique id)");
      }
      byChain.computeIfAbsent(rule.transformations(), chain -> new ArrayList<>()).add(rule);
    }
    List<Group> made = new ArrayList<>();
    byChain.forEach((chain, list) -> made.add(group(chain, list)));
    groups = List.copyOf(made);
  }

  private static Group group(List<Transformation> chain, List<Rule> rules) {
    EnumSet<Target> targets = EnumSet.noneOf(Target.class);
    rules.forEach(rule -> targets.addAll(rule.targets()));
    return new Group(chain, List.copyOf(rules), new RuleMatcher(rules), targets);
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
    long work = 0;
    boolean exhausted = false;
    for (Value value : values) {
      Map<List<Transformation>, String> memo = new HashMap<>();
      for (Group group : groups) {
        if (!group.targets().contains(value.target())) {
          continue;
        }
        work += value.text().length() + 1L;
        if (work > limits.workChars()) {
          exhausted = true;
          break;
        }
        String text = transform(value.text(), group.steps(), memo);
        BitSet candidates = group.matcher().candidates(text);
        for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
          Rule rule = group.rules().get(i);
          if (!rule.targets().contains(value.target()) || hits.containsKey(rule.id())) {
            continue;
          }
          work += text.length();
          match(request, rule, value, text, hits);
        }
      }
    }
    return result(request, hits, exhausted);
  }

  private static String transform(
      String text, List<Transformation> steps, Map<List<Transformation>, String> memo) {
    String known = memo.get(steps);
    if (known != null) {
      return known;
    }
    int last = steps.size() - 1;
    String out =
        last < 0 ? text : steps.get(last).apply(transform(text, steps.subList(0, last), memo));
    memo.put(steps, out);
    return out;
  }

  private void match(
      WafRequest request, Rule rule, Value value, String text, Map<String, RuleHit> hits) {
    Matcher matcher = rule.pattern().matcher(text);
    if (hits.size() >= MAX_HITS || !matcher.find()) {
      return;
    }
    for (Exclusion exclusion : exclusions) {
      if (exclusion.covers(rule, value, request.rawTarget())) {
        return;
      }
    }
    hits.put(
        rule.id(),
        new RuleHit(
            rule.id(),
            rule.family(),
            value.target(),
            value.name(),
            RuleHit.excerpt(text, matcher.start(), matcher.end()),
            rule.transformations(),
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
    boolean blocked = mode == WafMode.BLOCK && (exhausted || score >= threshold);
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
