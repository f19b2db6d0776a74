package io.gatewaykit.benchmarks.api;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardRun;
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
 * A request ends on two threads at once, while an earlier guard's pending verdict lets a later
 * guard take a permit on a third: the permit must be given back exactly once, or never be taken.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "taken and given back")
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "ended first: never taken")
@State
public class GuardRunStress {
  private static final GatewayRequest REQUEST = RequestHead.builder("GET", "/").build();

  private final CompletableFuture<Verdict> pending = new CompletableFuture<>();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger givenBack = new AtomicInteger();
  private final GuardRun run;

  /** Leads the request to where the first guard's verdict is awaited. */
  public GuardRunStress() {
    run = GuardChain.of(new AskingGuard(pending), new PermitGuard(taken, givenBack)).begin();
    run.head(REQUEST);
  }

  /** The first guard's answer arrives. */
  @Actor
  public void answer() {
    pending.complete(Verdict.allow());
  }

  /** The client goes away. */
  @Actor
  public void cancel() {
    run.complete(REQUEST, new Completion(How.CANCELLED, 0));
  }

  /** Ends the request once more, and counts. */
  @Arbiter
  public void count(II_Result result) {
    run.complete(REQUEST, new Completion(How.FAILED, 0));
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
