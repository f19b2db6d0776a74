// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.WafResult;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Wraps a firewall's guard and counts and times its inspections. */
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

  /** An outcome that cannot be derived from the result at completion. */
  private final AttributeKey<Outcome> special = AttributeKey.of("waf-outcome");

  WatchedWaf(WafGuard guard, MeterGroup meters, Tags ruleset, Clock clock) {
    this.guard = guard;
    this.clock = clock;
    String name = "gateway.waf.inspection";
    String description = "Time spent inspecting a request";
    head = meters.timer(name, description, ruleset.and("phase", "head"));
    body = meters.timer(name, description, ruleset.and("phase", "body"));
    for (Outcome outcome : Outcome.values()) {
      Tags tags = ruleset.and("outcome", MeterGroup.lower(outcome));
      requests.put(
          outcome,
          meters.counter("gateway.waf.requests", "Requests by decision of the firewall", tags));
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
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    BodyInspector inspector = guard.inspectBody(request);
    return inspector == null ? null : new WatchedBody(inspector, request);
  }

  private Verdict timed(Timer timer, GatewayRequest request, Supplier<Verdict> inspection) {
    long start = clock.monotonicTime();
    try {
      return observed(request, inspection);
    } finally {
      timer.record(clock.monotonicTime() - start, TimeUnit.NANOSECONDS);
    }
  }

  private <T extends @Nullable Object> T observed(GatewayRequest request, Supplier<T> inspection) {
    boolean failed = true;
    try {
      T result = inspection.get();
      failed = false;
      return result;
    } finally {
      if (failed) {
        request.attributes().set(special, Outcome.ERROR);
      }
    }
  }

  /** Records one duration per body: the sum over all its chunks. */
  private final class WatchedBody implements BodyInspector {
    private final BodyInspector inspector;
    private final GatewayRequest request;
    private long nanos;
    private boolean recorded;

    WatchedBody(BodyInspector inspector, GatewayRequest request) {
      this.inspector = inspector;
      this.request = request;
    }

    @Override
    public int holdBytes() {
      return inspector.holdBytes();
    }

    @Override
    public @Nullable Rejection onBytes(ByteBuffer bytes) {
      return noted(measured(() -> inspector.onBytes(bytes)));
    }

    @Override
    public Verdict onHeld(boolean complete) {
      Verdict verdict = measured(() -> inspector.onHeld(complete));
      noted(verdict instanceof Verdict.Reject reject ? reject.rejection() : null);
      return verdict;
    }

    @Override
    public @Nullable Rejection onEnd() {
      return noted(measured(inspector::onEnd));
    }

    @Override
    public boolean inspectsRest() {
      return inspector.inspectsRest();
    }

    @Override
    public void close() {
      if (!recorded) {
        recorded = true;
        body.record(nanos, TimeUnit.NANOSECONDS);
      }
      inspector.close();
    }

    private <T extends @Nullable Object> T measured(Supplier<T> call) {
      long start = clock.monotonicTime();
      try {
        return observed(request, call);
      } finally {
        nanos += clock.monotonicTime() - start;
      }
    }

    private @Nullable Rejection noted(@Nullable Rejection rejection) {
      if (rejection != null && rejection.status() == 413) {
        request.attributes().set(special, Outcome.OVERSIZE);
      }
      return rejection;
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
