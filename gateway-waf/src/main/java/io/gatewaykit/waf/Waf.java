package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for attacks in requests. Immutable and thread-safe. The time of an inspection is linear in
 * the request, and bounded.
 */
public final class Waf {
  private static final Logger log = LoggerFactory.getLogger(Waf.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final WafMode mode;
  private final int threshold;
  private final WafLimits limits;
  private final List<Exclusion> exclusions;
  private final List<WafListener> listeners;
  private final RuleIndex index;
  private final CleanValues clean;
  private final FailureMode whenExhausted;
  private final LongAdder listenerFailures = new LongAdder();

  private Waf(Builder builder) {
    mode = builder.mode;
    threshold = builder.threshold;
    limits = builder.limits;
    whenExhausted = builder.whenExhausted;
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
    Set<String> known = new HashSet<>(ids);
    builder.builtin.forEach(rule -> known.add(rule.id()));
    Set<String> tags = new TreeSet<>();
    builder.builtin.forEach(rule -> tags.addAll(rule.tags()));
    builder.rules.forEach(rule -> tags.addAll(rule.tags()));
    exclusions.forEach(exclusion -> exclusion.check(known, tags));
    rules.removeIf(rule -> rule.paranoia() > builder.paranoia);
    index = new RuleIndex(rules);
    clean = new CleanValues(builder.rememberedValues);
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

  /** Begins the inspection of a request that comes in two parts, head and body. */
  public WafInspection begin(WafRequest request) {
    return new WafInspection(this, request);
  }

  /** Inspects a whole request: its head, and its body if it has one. */
  public WafResult inspect(WafRequest request) {
    WafInspection inspection = begin(request);
    if (request.body().length == 0) {
      return inspection.head();
    }
    inspection.quietHead();
    return inspection.body(request);
  }

  RuleIndex index() {
    return index;
  }

  /** Returns the values that need not be looked at again. */
  CleanValues clean() {
    return clean;
  }

  boolean isExcluded(Rule rule, Value value, WafRequest request) {
    for (Exclusion exclusion : exclusions) {
      if (exclusion.covers(rule, value.target(), value.name(), request.rawTarget())) {
        return true;
      }
    }
    return false;
  }

  static String newIncident() {
    byte[] id = new byte[12];
    RANDOM.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  WafResult result(List<RuleHit> hits, String incident, boolean exhausted) {
    int score = hits.stream().mapToInt(RuleHit::score).sum();
    boolean refused = hits.stream().anyMatch(hit -> hit.action() == Rule.Action.BLOCK);
    boolean unfinished = exhausted && whenExhausted == FailureMode.FAIL_CLOSED;
    boolean blocked = mode == WafMode.BLOCK && (unfinished || refused || score >= threshold);
    return new WafResult(blocked, incident, score, threshold, hits, exhausted);
  }

  /** Tells listeners of a result whose first hits they know already. */
  void tell(WafRequest request, WafResult result, int known) {
    for (WafListener listener : listeners) {
      for (RuleHit hit : result.hits().subList(known, result.hits().size())) {
        contain(() -> listener.onHit(request, hit));
      }
      contain(() -> listener.onIncident(request, result));
    }
  }

  private void contain(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      listenerFailures.increment();
      log.debug("a WAF listener failed", e);
    }
  }

  /** Returns how often a listener has thrown; what it throws changes nothing. */
  public long listenerFailures() {
    return listenerFailures.sum();
  }

  /** Collects the settings of a {@link Waf}. Not thread-safe. */
  public static final class Builder {
    private WafMode mode = WafMode.BLOCK;
    private int threshold = 5;
    private int paranoia = 1;
    private WafLimits limits = WafLimits.defaults();
    private int rememberedValues = 1_024;
    private FailureMode whenExhausted = FailureMode.FAIL_CLOSED;
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

    /**
     * Sets how many values without findings are remembered, so that they need not be looked at
     * again: methods, header fields, names of parameters and cookies, of at most 256 chars each;
     * never fields that may hold credentials. It changes no result. Rounded up to a power of two; 0
     * remembers none. Default: 1,024.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder rememberedValues(int values) {
      if (values < 0 || values > 65_536) {
        throw new IllegalArgumentException("rememberedValues: " + values + " (expected: 0..65536)");
      }
      rememberedValues = values;
      return this;
    }

    /**
     * Sets what becomes of a request whose inspection ran out of {@link WafLimits#workChars}.
     * Default: {@link FailureMode#FAIL_CLOSED}, it is refused; otherwise what was found until then
     * decides.
     */
    public Builder whenExhausted(FailureMode mode) {
      this.whenExhausted = requireNonNull(mode, "mode");
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
     * @throws IllegalArgumentException if two rules have the same id, or an exclusion names a rule
     *     or tag that there is not
     */
    public Waf build() {
      return new Waf(this);
    }
  }
}
