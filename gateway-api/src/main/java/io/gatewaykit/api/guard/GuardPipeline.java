// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.guard.Verdict.Delay;
import io.gatewaykit.api.guard.Verdict.Pending;
import io.gatewaykit.api.guard.Verdict.Reject;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Calls guards in order and combines their verdicts into one. */
final class GuardPipeline {
  private GuardPipeline() {}

  /** The call of one guard in a stage; never throws. */
  @FunctionalInterface
  interface Evaluation {
    Verdict evaluate(int index, GuardInvoker invoker, GatewayRequest request);
  }

  static Verdict run(
      GuardInvoker[] invokers, Stage stage, GatewayRequest request, Evaluation evaluation) {
    return from(0, 0, invokers, stage, request, evaluation);
  }

  private static Verdict from(
      int first,
      long delaySoFar,
      GuardInvoker[] invokers,
      Stage stage,
      GatewayRequest request,
      Evaluation evaluation) {
    long delay = delaySoFar;
    for (int i = first; i < invokers.length; i++) {
      Verdict verdict = evaluation.evaluate(i, invokers[i], request);
      if (verdict == Verdict.Allow.INSTANCE) {
        continue;
      }
      if (verdict instanceof Reject) {
        return verdict;
      }
      if (verdict instanceof Delay wait) {
        delay = Math.max(delay, wait.nanos());
      } else if (verdict instanceof Pending pending) {
        return resume(i, delay, pending, invokers, stage, request, evaluation);
      }
    }
    return Verdict.delayNanos(delay);
  }

  /** Calls the remaining guards once the pending verdict of guard {@code i} is available. */
  private static Verdict resume(
      int i,
      long delay,
      Pending pending,
      GuardInvoker[] invokers,
      Stage stage,
      GatewayRequest request,
      Evaluation evaluation) {
    GuardInvoker invoker = invokers[i];
    CompletionStage<Verdict> rest =
        pending
            .verdict()
            .handle((verdict, failure) -> invoker.settle(stage, request, verdict, failure))
            .thenCompose(verdict -> {
              if (verdict instanceof Reject) {
                return completed(verdict);
              }
              long longest = verdict instanceof Delay d ? Math.max(delay, d.nanos()) : delay;
              Verdict next = from(i + 1, longest, invokers, stage, request, evaluation);
              return next instanceof Pending further
                  ? further.verdict().thenApply(Verdict.class::cast)
                  : completed(next);
            });
    return new Pending(rest);
  }

  private static CompletionStage<Verdict> completed(Verdict verdict) {
    return CompletableFuture.completedFuture(verdict);
  }
}
