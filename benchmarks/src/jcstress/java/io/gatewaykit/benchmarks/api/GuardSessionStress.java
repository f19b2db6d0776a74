// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.api;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A client cancels a request while, on another thread, the pending verdict of a guard admits the
 * next guard, which acquires a permit. The permit must be released exactly once, or never be
 * acquired.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "acquired and released")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "cancelled first: never acquired")
@State
public class GuardSessionStress {
  private static final GatewayRequest REQUEST = RequestHead.builder("GET", "/").build();

  private final CompletableFuture<Verdict> pending = new CompletableFuture<>();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger givenBack = new AtomicInteger();
  private final GuardSession run;

  /** Starts the request, up to the pending verdict of the first guard. */
  public GuardSessionStress() {
    run = GuardChain.of(new AskingGuard(pending), new PermitGuard(taken, givenBack)).begin();
    run.head(REQUEST);
  }

  /** Completes the verdict of the first guard. */
  @Actor
  public void completeVerdict() {
    pending.complete(Verdict.allow());
  }

  /** Cancels the request. */
  @Actor
  public void cancel() {
    run.complete(REQUEST, new Completion(Kind.CANCELLED, 0));
  }

  /** Completes the request again, and counts. */
  @Arbiter
  public void count(II_Result result) {
    run.complete(REQUEST, new Completion(Kind.FAILED, 0));
    result.r1 = taken.get();
    result.r2 = givenBack.get();
  }

  private record AskingGuard(CompletableFuture<Verdict> answer) implements Guard {
    @Override
    public String name() {
      return "asking";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.pending(answer);
    }
  }

  private record PermitGuard(AtomicInteger taken, AtomicInteger givenBack) implements Guard {
    @Override
    public String name() {
      return "permit";
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.HEAD, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      taken.incrementAndGet();
      return Verdict.allow();
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      givenBack.incrementAndGet();
    }
  }
}
