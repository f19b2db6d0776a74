package io.gatewaykit.examples.edge.policy;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** Counts what comes in and how it ends; stands before all other guards and lets all pass. */
public final class TrafficMeter implements Guard {
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder failed = new LongAdder();

  TrafficMeter() {}

  @Override
  public String name() {
    return "traffic";
  }

  @Override
  public Set<Stage> stages() {
    return EnumSet.of(Stage.HEAD, Stage.COMPLETION);
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    begun.increment();
    return Verdict.allow();
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    ended.increment();
    if (completion.status() >= 500) {
      failed.increment();
    }
  }

  /** Returns how many requests came in. */
  public long requests() {
    return begun.sum();
  }

  /** Returns how many are being served. */
  public long inFlight() {
    long over = ended.sum(); // read first: a request that ends between the two must not count twice
    return Math.max(0, begun.sum() - over);
  }

  /** Returns how many were answered with 5xx. */
  public long failed() {
    return failed.sum();
  }
}
