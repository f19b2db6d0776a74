package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls one guard, and keeps its exceptions from everybody else: a failure is counted, told to the
 * listener, and becomes the verdict that the guard's failure mode says.
 */
final class GuardCall {
  private static final Logger log = LoggerFactory.getLogger(GuardChain.class);

  /** Every how manieth failure of a guard is logged, after the first. */
  private static final long LOG_EVERY = 1000;

  /** Wanted by a guard that could not say what it wants, and fails closed. */
  static final int REFUSES = -1;

  private static final Rejection FAILED =
      Rejection.builder(503, "guard_failed", "Service Unavailable")
          .retryAfter(Duration.ofSeconds(1))
          .build();

  final Guard guard;
  final Set<Stage> stages;
  final LongAdder failures = new LongAdder();
  private final GuardListener listener;
  final Verdict onFailure;

  GuardCall(Guard guard, GuardListener listener) {
    this.guard = guard;
    this.listener = listener;
    this.stages = guard.stages().isEmpty() ? Set.of() : EnumSet.copyOf(guard.stages());
    this.onFailure =
        guard.failureMode() == FailureMode.FAIL_OPEN ? Verdict.allow() : Verdict.reject(FAILED);
  }

  Verdict head(GatewayRequest request) {
    if (!stages.contains(Stage.HEAD)) {
      return Verdict.allow();
    }
    try {
      return checked(request, Stage.HEAD, guard.onHead(request));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.HEAD, e);
    }
  }

  /** How many bytes the guard wants; {@link #REFUSES} if it failed and therefore refuses a body. */
  int bodyBytesWanted(GatewayRequest request) {
    if (!stages.contains(Stage.BODY)) {
      return 0;
    }
    try {
      return Math.max(0, guard.bodyBytesWanted(request));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.BODY, e) == Verdict.Allow.INSTANCE ? 0 : REFUSES;
    }
  }

  Verdict body(GatewayRequest request, BodyView body) {
    try {
      return checked(request, Stage.BODY, guard.onBody(request, body));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.BODY, e);
    }
  }

  void response(GatewayRequest request, ResponseHead response) {
    try {
      guard.onResponse(request, response);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.RESPONSE, e);
    }
  }

  void complete(GatewayRequest request, Completion completion) {
    try {
      guard.onComplete(request, completion);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.COMPLETION, e);
    }
  }

  /** Turns what a pending verdict ended with into a verdict that is not pending. */
  Verdict settle(
      Stage stage, GatewayRequest request, @Nullable Verdict verdict, @Nullable Throwable failure) {
    if (failure != null) {
      return failed(request, stage, failure);
    }
    if (verdict == null || verdict instanceof Verdict.Pending) {
      return failed(
          request,
          stage,
          new IllegalStateException(
              "verdict: " + verdict + " (expected: allow, delay or reject, guard " + name() + ")"));
    }
    return checked(request, stage, verdict);
  }

  private Verdict checked(GatewayRequest request, Stage stage, @Nullable Verdict verdict) {
    if (verdict == Verdict.Allow.INSTANCE) {
      return verdict;
    }
    if (verdict == null) {
      return failed(
          request, stage, new NullPointerException("verdict of guard " + name() + " at " + stage));
    }
    if (verdict instanceof Verdict.Reject reject) {
      tell(() -> listener.onReject(request, guard, reject.rejection()));
    }
    return verdict;
  }

  private Verdict failed(GatewayRequest request, Stage stage, Throwable failure) {
    failures.increment();
    if (failures.sum() % LOG_EVERY == 1) {
      log.warn("guard {} failed at {} (failure {})", name(), stage, failures.sum(), failure);
    }
    tell(() -> listener.onFailure(request, guard, stage, failure));
    return onFailure;
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.debug("a guard listener failed", e);
    }
  }

  private String name() {
    return guard.name();
  }
}
