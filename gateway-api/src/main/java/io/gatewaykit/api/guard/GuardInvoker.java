// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Invokes a single guard and contains its exceptions. A failure is counted, reported to the
 * listener, and mapped to a verdict by the guard's {@link FailureMode}.
 */
final class GuardInvoker {
  /** The logger of the chain, which is the class that users know. */
  private static final Logger log = LoggerFactory.getLogger("io.gatewaykit.api.guard.GuardChain");

  /** Log the first failure of a guard, then one in this many. */
  private static final long LOG_EVERY = 1000;

  private static final Rejection FAILED =
      Rejection.builder(503, "guard_failed", "Service Unavailable")
          .retryAfter(Duration.ofSeconds(1))
          .build();

  final Guard guard;
  final Set<Stage> stages;
  final LongAdder failures = new LongAdder();
  private final GuardListener listener;
  final Verdict onFailure;

  GuardInvoker(Guard guard, GuardListener listener) {
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

  /** Returns the guard's body inspector, or null if it has none. */
  @Nullable BodyInspector inspectBody(GatewayRequest request) {
    if (!stages.contains(Stage.BODY)) {
      return null;
    }
    try {
      return guard.inspectBody(request);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      Verdict verdict = failed(request, Stage.BODY, e);
      return verdict == Verdict.Allow.INSTANCE
          ? null
          : BodyInspector.buffering(0, ignored -> verdict);
    }
  }

  int holdBytes(BodyInspector inspector) {
    try {
      return Math.max(0, inspector.holdBytes());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return 0; // the first call of onBytes or onHeld fails as well, and is counted
    }
  }

  /** Returns null to continue, a rejection, or allow if the guard failed and fails open. */
  @Nullable Verdict bytes(GatewayRequest request, BodyInspector inspector, ByteBuffer bytes) {
    try {
      return rejected(request, inspector.onBytes(bytes));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.BODY, e);
    }
  }

  Verdict inspectHeld(GatewayRequest request, BodyInspector inspector, boolean complete) {
    try {
      return checked(request, Stage.BODY, inspector.onHeld(complete));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.BODY, e);
    }
  }

  boolean inspectsRest(GatewayRequest request, BodyInspector inspector) {
    try {
      return inspector.inspectsRest();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.BODY, e);
      return true;
    }
  }

  /** The counterpart of {@link #bytes} for the end of the body. */
  @Nullable Verdict end(GatewayRequest request, BodyInspector inspector) {
    try {
      return rejected(request, inspector.onEnd());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return failed(request, Stage.BODY, e);
    }
  }

  void close(GatewayRequest request, BodyInspector inspector) {
    try {
      inspector.close();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.BODY, e);
    }
  }

  private @Nullable Verdict rejected(GatewayRequest request, @Nullable Rejection rejection) {
    return rejection == null ? null : checked(request, Stage.BODY, Verdict.reject(rejection));
  }

  void response(GatewayRequest request, ResponseHead response) {
    try {
      guard.onResponse(request, response);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.RESPONSE, e);
    }
  }

  /** Returns the guard's observer of the response body, or null if it has none. */
  @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    if (!stages.contains(Stage.RESPONSE_BODY)) {
      return null;
    }
    try {
      return guard.observeResponseBody(request, response);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.RESPONSE_BODY, e);
      return null;
    }
  }

  /** Passes bytes to an observer. Returns false if it failed. */
  boolean observe(GatewayRequest request, BodyObserver observer, ByteBuffer bytes) {
    try {
      observer.onBytes(bytes);
      return true;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.RESPONSE_BODY, e);
      return false;
    }
  }

  void complete(GatewayRequest request, Completion completion) {
    try {
      guard.onComplete(request, completion);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      failed(request, Stage.COMPLETION, e);
    }
  }

  /** Converts the completion of a pending verdict to a final verdict. */
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
      notify(() -> listener.onReject(request, guard, reject.rejection()));
    }
    return verdict;
  }

  private Verdict failed(GatewayRequest request, Stage stage, Throwable failure) {
    failures.increment();
    if (failures.sum() % LOG_EVERY == 1) {
      log.warn("guard {} failed at {} (failure {})", name(), stage, failures.sum(), failure);
    }
    notify(() -> listener.onFailure(request, guard, stage, failure));
    return onFailure;
  }

  private void notify(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.debug("guard listener threw an exception", e);
    }
  }

  private String name() {
    return guard.name();
  }
}
