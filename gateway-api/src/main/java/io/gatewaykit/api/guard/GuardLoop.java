package io.gatewaykit.api.guard;

import io.gatewaykit.api.guard.Verdict.Delay;
import io.gatewaykit.api.guard.Verdict.Pending;
import io.gatewaykit.api.guard.Verdict.Reject;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Calls guards in order and combines their verdicts into one. */
final class GuardLoop {
  private GuardLoop() {}

  /** The call of one guard in a stage; never throws. */
  @FunctionalInterface
  interface Question {
    Verdict ask(int index, GuardCall call, GatewayRequest request);
  }

  static Verdict run(GuardCall[] calls, Stage stage, GatewayRequest request, Question question) {
    return from(0, 0, calls, stage, request, question);
  }

  private static Verdict from(
      int first,
      long delaySoFar,
      GuardCall[] calls,
      Stage stage,
      GatewayRequest request,
      Question question) {
    long delay = delaySoFar;
    for (int i = first; i < calls.length; i++) {
      Verdict verdict = question.ask(i, calls[i], request);
      if (verdict == Verdict.Allow.INSTANCE) {
        continue;
      }
      if (verdict instanceof Reject) {
        return verdict;
      }
      if (verdict instanceof Delay wait) {
        delay = Math.max(delay, wait.nanos());
      } else if (verdict instanceof Pending pending) {
        return resume(i, delay, pending, calls, stage, request, question);
      }
    }
    return Verdict.delayNanos(delay);
  }

  /** Calls the remaining guards once the pending verdict of guard {@code i} is available. */
  private static Verdict resume(
      int i,
      long delay,
      Pending pending,
      GuardCall[] calls,
      Stage stage,
      GatewayRequest request,
      Question question) {
    GuardCall call = calls[i];
    CompletionStage<Verdict> rest =
        pending
            .verdict()
            .handle((verdict, failure) -> call.settle(stage, request, verdict, failure))
            .thenCompose(verdict -> {
              if (verdict instanceof Reject) {
                return completed(verdict);
              }
              long longest = verdict instanceof Delay d ? Math.max(delay, d.nanos()) : delay;
              Verdict next = from(i + 1, longest, calls, stage, request, question);
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
