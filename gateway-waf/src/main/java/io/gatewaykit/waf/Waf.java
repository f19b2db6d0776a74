// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.waf.internal.engine.BodyPolicy;
import io.gatewaykit.waf.internal.engine.CompiledPolicy;
import io.gatewaykit.waf.internal.index.RuleSelection;
import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A web application firewall, which detects attacks in requests. Immutable and thread-safe. The
 * time of an inspection is linear in the length of the request, and bounded.
 */
public final class Waf {
  private static final Logger log = LoggerFactory.getLogger(Waf.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final WafMode mode;
  private final int threshold;
  private final WafLimits limits;
  private final List<WafListener> listeners;
  private final CompiledPolicy policy;
  private final LongAdder listenerFailures = new LongAdder();

  private Waf(Builder builder) {
    mode = requireNonNullElse(builder.mode, WafMode.BLOCK);
    threshold = requireNonNullElse(builder.threshold, 5);
    limits = requireNonNullElse(builder.limits, WafLimits.defaults());
    listeners = List.copyOf(builder.listeners);
    policy =
        new CompiledPolicy(
            builder.selection,
            builder.exclusions,
            limits.rememberedValues(),
            new CompiledPolicy.WorkLimits(limits.workChars(), limits.workPerByte()),
            limits.ofBody());
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the built-in rules of all families and paranoia levels. Each has an id, a family, a
   * level, a score and a description.
   */
  public static List<Rule> builtinRules() {
    return BuiltinRules.all();
  }

  /** Returns the rules that this firewall applies, with their modes, by id. */
  public Map<String, RuleMode> rules() {
    Map<String, RuleMode> modes = new LinkedHashMap<>();
    RuleSelection selection = policy.selection();
    for (Rule rule : selection.known()) {
      RuleMode mode = selection.mode(rule);
      if (mode != RuleMode.OFF) {
        modes.put(rule.id(), mode);
      }
    }
    return Collections.unmodifiableMap(modes);
  }

  /** Returns the families of the rules that this firewall applies. */
  public Set<RuleFamily> families() {
    Set<RuleFamily> families = EnumSet.noneOf(RuleFamily.class);
    RuleSelection selection = policy.selection();
    for (Rule rule : selection.known()) {
      if (selection.mode(rule) != RuleMode.OFF) {
        families.add(rule.family());
      }
    }
    return Collections.unmodifiableSet(families);
  }

  /** Returns the score at which a request is blocked. */
  public int threshold() {
    return threshold;
  }

  /** Returns the mode. */
  public WafMode mode() {
    return mode;
  }

  /** Returns the limits. */
  public WafLimits limits() {
    return limits;
  }

  /** Starts the inspection of a request whose head and body are available separately. */
  public WafInspection begin(WafRequest request) {
    return begin(request, BodyPolicy.STRICT);
  }

  WafInspection begin(WafRequest request, BodyPolicy policy) {
    return new WafInspection(this, request, policy);
  }

  /**
   * Inspects a complete request, head and body, with the same decision as a {@link WafGuard}. The
   * body is inspected even if the head is blocked, so that all hits are reported.
   */
  public WafResult inspect(WafRequest request) {
    WafInspection inspection = begin(request);
    WafResult head = inspection.head();
    return request.body().length == 0 ? head : inspection.body(request);
  }

  CompiledPolicy policy() {
    return policy;
  }

  static String newIncident() {
    byte[] id = new byte[12];
    RANDOM.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  WafResult result(List<RuleHit> hits, String incident, boolean exhausted) {
    int score = 0;
    boolean blocking = exhausted && limits.whenExhausted() == FailureMode.FAIL_CLOSED;
    for (RuleHit hit : hits) {
      if (!hit.counted()) {
        score += hit.score();
        blocking |= hit.action() == Rule.Action.BLOCK;
      }
    }
    boolean wouldBlock = blocking || score >= threshold;
    boolean blocked = wouldBlock && mode == WafMode.BLOCK;
    return new WafResult(blocked, wouldBlock, incident, score, threshold, hits, exhausted);
  }

  /**
   * Notifies the listeners of a result.
   *
   * @param hits those of its hits that were not notified before
   */
  void notifyListeners(WafRequest request, WafResult result, List<RuleHit> hits) {
    for (WafListener listener : listeners) {
      for (RuleHit hit : hits) {
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
      log.debug("waf: listener threw an exception", e);
    }
  }

  /** Returns the number of exceptions thrown by listeners. They do not affect the inspection. */
  public long listenerFailures() {
    return listenerFailures.sum();
  }

  /**
   * Collects the settings of a {@link Waf}. A setting that is set a second time, for the same
   * family or rule, throws an {@link IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable WafMode mode;
    private @Nullable Integer threshold;
    private @Nullable WafLimits limits;
    private final RuleSelection selection = new RuleSelection();
    private final List<Exclusion> exclusions = new ArrayList<>();
    private final List<WafListener> listeners = new ArrayList<>();

    private Builder() {
      selection.builtin(BuiltinRules.all());
    }

    /** Sets the mode. Default: {@link WafMode#BLOCK}. */
    public Builder mode(WafMode mode) {
      this.mode = Arguments.once("mode", this.mode, mode);
      return this;
    }

    /**
     * Sets the score at which a request is blocked, 1 to 10,000 points. Most built-in rules of
     * level 1 add 10, 8 or 5 points, depending on how specific they are, so a single one blocks at
     * the default. Default: 5.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder threshold(int threshold) {
      this.threshold =
          Arguments.once(
              "threshold", this.threshold, Arguments.range("threshold", threshold, 1, 10_000));
      return this;
    }

    /**
     * Sets the paranoia level: 1 is suitable for ordinary traffic, 3 detects most and requires many
     * exclusions. Default: 1.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder paranoia(int level) {
      selection.blockingLevel(Arguments.range("paranoia", level, 1, 3));
      return this;
    }

    /**
     * Sets the level up to which rules are evaluated. Hits of rules above {@link #paranoia} are
     * reported and counted but never contribute to blocking. This shows the effect of the next
     * level before it is enforced. Default: the paranoia level.
     *
     * @throws IllegalArgumentException if out of range; from {@link #build} if it is below the
     *     paranoia level
     */
    public Builder detectionParanoia(int level) {
      selection.detectionLevel(Arguments.range("detectionParanoia", level, 1, 3));
      return this;
    }

    /** Sets the mode of a family's rules. Default: {@link RuleMode#ENFORCE}. */
    public Builder familyMode(RuleFamily family, RuleMode mode) {
      selection.mode(requireNonNull(family, "family"), requireNonNull(mode, "mode"));
      return this;
    }

    /**
     * Sets the mode of one rule, which overrides family and level. Default: determined by these.
     * {@link #build} rejects an unknown id.
     */
    public Builder ruleMode(String rule, RuleMode mode) {
      selection.mode(requireNonNull(rule, "rule"), requireNonNull(mode, "mode"));
      return this;
    }

    /**
     * Sets the amount that a hit of one rule adds to the score, 1 to 100. Hits in prose about code
     * add at most this amount (see {@link Rule.Builder#proseScores}). Default: the score of the
     * rule. {@link #build} rejects an unknown id, and that of a rule that only logs.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder ruleScore(String rule, int points) {
      selection.score(requireNonNull(rule, "rule"), Arguments.range("ruleScore", points, 1, 100));
      return this;
    }

    /** Sets the limits. Default: {@link WafLimits#defaults()}. */
    public Builder limits(WafLimits limits) {
      this.limits = Arguments.once("limits", this.limits, limits);
      return this;
    }

    /** Sets the families of built-in rules that apply. Default: all. */
    public Builder families(RuleFamily... chosen) {
      selection.families(List.of(chosen));
      return this;
    }

    /** Adds a rule. */
    public Builder rule(Rule rule) {
      selection.add(requireNonNull(rule, "rule"));
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
      selection.builtin(all);
      return this;
    }

    /**
     * Builds the firewall.
     *
     * @throws IllegalArgumentException if two rules have the same id, a mode or score refers to an
     *     unknown rule, the detection level is below the paranoia level, or an exclusion can never
     *     apply; the message contains the reason
     */
    public Waf build() {
      return new Waf(this);
    }
  }
}
