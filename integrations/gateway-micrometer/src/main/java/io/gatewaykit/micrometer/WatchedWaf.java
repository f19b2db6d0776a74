package io.gatewaykit.micrometer;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.WafResult;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A firewall's guard, counted and timed. */
final class WatchedWaf implements Guard {
  private enum Outcome {
    PASSED,
    BLOCKED,
    DETECTED,
    EXHAUSTED,
    OVERSIZE,
    SKIPPED,
    ERROR
  }

  private final WafGuard guard;
  private final Clock clock;
  private final Timer head;
  private final Timer body;
  private final Map<Outcome, Counter> requests = new EnumMap<>(Outcome.class);

  /** What cannot be told at the end from what was found. */
  private final AttributeKey<Outcome> special = AttributeKey.of("waf-outcome");

  WatchedWaf(WafGuard guard, MeterGroup meters, Tags ruleset, Clock clock) {
    this.guard = guard;
    this.clock = clock;
    String name = "gateway.waf.inspection";
    String description = "How long the firewall looks at a request";
    head = meters.timer(name, description, ruleset.and("phase", "head"));
    body = meters.timer(name, description, ruleset.and("phase", "body"));
    for (Outcome outcome : Outcome.values()) {
      Tags tags = ruleset.and("outcome", MeterGroup.lower(outcome));
      requests.put(
          outcome,
          meters.counter("gateway.waf.requests", "Requests by what the firewall did", tags));
    }
  }

  @Override
  public String name() {
    return guard.name();
  }

  @Override
  public Set<Stage> stages() {
    Set<Stage> stages = EnumSet.copyOf(guard.stages());
    stages.add(Stage.COMPLETION);
    return stages;
  }

  @Override
  public FailureMode failureMode() {
    return guard.failureMode();
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    if (guard.waf().mode() == WafMode.OFF) {
      request.attributes().set(special, Outcome.SKIPPED);
      return guard.onHead(request);
    }
    return timed(head, request, () -> guard.onHead(request));
  }

  @Override
  public int bodyBytesWanted(GatewayRequest request) {
    return guard.bodyBytesWanted(request);
  }

  @Override
  public Verdict onBody(GatewayRequest request, BodyView view) {
    Verdict verdict = timed(body, request, () -> guard.onBody(request, view));
    if (verdict instanceof Verdict.Reject && !guard.found(request).blocked()) {
      request.attributes().set(special, Outcome.OVERSIZE);
    }
    return verdict;
  }

  private Verdict timed(Timer timer, GatewayRequest request, Supplier<Verdict> inspection) {
    long start = clock.monotonicTime();
    boolean failed = true;
    try {
      Verdict verdict = inspection.get();
      failed = false;
      return verdict;
    } finally {
      timer.record(clock.monotonicTime() - start, TimeUnit.NANOSECONDS);
      if (failed) {
        request.attributes().set(special, Outcome.ERROR);
      }
    }
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    Counter counter = requests.get(outcome(request));
    if (counter != null) {
      counter.increment();
    }
  }

  private Outcome outcome(GatewayRequest request) {
    Outcome known = request.attributes().get(special);
    if (known != null) {
      return known;
    }
    WafResult found = guard.found(request);
    if (found.blocked()) {
      return Outcome.BLOCKED;
    }
    if (found.hits().isEmpty()) {
      return found.exhausted() ? Outcome.EXHAUSTED : Outcome.PASSED;
    }
    return Outcome.DETECTED;
  }
}
