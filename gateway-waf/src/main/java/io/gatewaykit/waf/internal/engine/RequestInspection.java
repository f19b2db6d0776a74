// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import io.gatewaykit.waf.internal.body.BodySink;
import io.gatewaykit.waf.internal.body.JsonPath;
import io.gatewaykit.waf.internal.body.Section;
import io.gatewaykit.waf.internal.index.RuleIndex;
import io.gatewaykit.waf.internal.index.RuleIndex.EvaluationPass;
import io.gatewaykit.waf.internal.value.BodyReading;
import io.gatewaykit.waf.internal.value.InspectedHead;
import io.gatewaykit.waf.internal.value.RequestValues;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Selector;
import io.gatewaykit.waf.rule.Target;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Splits one request into values, and inspects them as they become available: first those of the
 * head, then those of the body. Used by one thread at a time.
 */
public final class RequestInspection implements AutoCloseable {
  private final CompiledPolicy policy;
  private final InspectedHead request;
  private final BodyPolicy bodyPolicy;
  private final RuleIndex index;
  private final RequestValues values;
  private final WorkBudget budget;
  private final ValueInspector inspector;
  private final Map<RuleIndex.CountCondition, Long> inBody;
  private @Nullable BodyReading reading; // null before the first bytes of the body

  /**
   * Creates an inspection.
   *
   * @param matches called for each rule whose conditions hold, and again if another value gives the
   *     rule a higher score
   */
  public RequestInspection(
      CompiledPolicy policy,
      InspectedHead request,
      BodyPolicy bodyPolicy,
      Consumer<Match> matches) {
    this.policy = policy;
    this.request = request;
    this.bodyPolicy = bodyPolicy;
    index = policy.index();
    values = new RequestValues(index.targets());
    budget = new WorkBudget(policy.work().chars());
    inspector = new ValueInspector(policy, request, budget, matches);
    inBody = index.countConditions().isEmpty() ? Map.of() : new IdentityHashMap<>();
  }

  /** Inspects the head. Called once, before the body. */
  public void head() {
    values.head(request);
    inspectAll(values.values(), EvaluationPass.HEAD);
    inspectCounts(EvaluationPass.HEAD::evaluates);
    inspector.pause();
  }

  /** Inspects the next bytes of the body. They are not retained. */
  public void feed(byte[] bytes, int from, int to) {
    reading().feed(bytes, from, to);
    inspector.pause();
  }

  /**
   * Ends the body.
   *
   * @param complete false if the rest of the body is not inspected
   */
  public void finish(boolean complete) {
    reading().finish(complete);
    inspectCounts(EvaluationPass.BODY::evaluates);
    inspector.pause();
  }

  /** Releases the resources of the body. Idempotent. */
  @Override
  public void close() {
    if (reading != null) {
      reading.close();
    }
  }

  /** Returns whether the work bound ended the inspection. */
  public boolean isExhausted() {
    return budget.isExhausted();
  }

  /** Returns whether the inspection of the body depends on that of the head. */
  public boolean isNeeded() {
    return inspector.hasMatches() || index.needsHeadInBody();
  }

  private BodyReading reading() {
    BodyReading known = reading;
    if (known == null) {
      if (index.needsHeadInBody()) {
        inspectAll(values.values(), EvaluationPass.HEAD_WITH_BODY);
      }
      known = new BodyReading(request, policy.body(), index.targets(), new BodyValues());
      reading = known;
    }
    return known;
  }

  /** Inspects the values of the body as they arrive. */
  private final class BodyValues implements BodySink {
    @Override
    public void value(Target target, String name, String text) {
      window(target, name, null, text, Section.WHOLE);
    }

    @Override
    public void window(
        Target target, String name, @Nullable JsonPath at, String text, Section section) {
      if (index.targets().contains(target) && !bodyPolicy.ignores(target, name)) {
        Value value = new Value(target, name, at, text, true, section);
        budget.extend((long) policy.work().perByte() * text.length());
        for (RuleIndex.CountCondition counter : index.countConditions()) {
          if (isCounted(counter.selector(), value)) {
            inBody.merge(counter, 1L, Long::sum);
          }
        }
        inspector.inspect(value, index.conditionsFor(EvaluationPass.BODY, value));
      }
    }
  }

  private void inspectAll(List<Value> some, EvaluationPass pass) {
    for (Value value : some) {
      inspector.inspect(value, index.conditionsFor(pass, value));
    }
  }

  /** Evaluates the conditions on the number of values, for rules of some phases. */
  private void inspectCounts(Predicate<Phase> phases) {
    for (RuleIndex.CountCondition counter : index.countConditions()) {
      if (phases.test(counter.phase())) {
        Selector selector = counter.selector();
        long number =
            values.values().stream().filter(v -> isCounted(selector, v)).count()
                + inBody.getOrDefault(counter, 0L);
        String name = selector.name() == null ? "number" : selector.name();
        inspector.inspect(
            new Value(selector.target(), name, Long.toString(number)), counter.conditions());
      }
    }
  }

  private static boolean isCounted(Selector selector, Value value) {
    return value.target() == selector.target() && selector.covers(value.name());
  }
}
