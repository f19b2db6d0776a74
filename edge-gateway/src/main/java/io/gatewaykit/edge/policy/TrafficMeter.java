// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** Counts requests and their outcomes. Evaluated before all other guards; always allows. */
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

  /** Returns the number of requests received. */
  public long requests() {
    return begun.sum();
  }

  /** Returns the number of requests in flight. */
  public long inFlight() {
    // read first, so that every completion subtracted has its start counted
    long over = ended.sum();
    return Math.max(0, begun.sum() - over);
  }

  /** Returns the number of 5xx responses. */
  public long failed() {
    return failed.sum();
  }
}
