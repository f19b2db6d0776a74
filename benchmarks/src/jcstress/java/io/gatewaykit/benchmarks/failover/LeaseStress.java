// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.Line;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread ends a lease with an outcome, another closes it, and a third closes its group. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
    id = "0, 1, 0",
    expect = Expect.ACCEPTABLE,
    desc = "the report was first; closing had no effect")
@org.openjdk.jcstress.annotations.Outcome(
    id = "0, 0, 1",
    expect = Expect.ACCEPTABLE,
    desc = "closing was first; the late report was counted as misuse")
@State
public class LeaseStress {
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("g").line(Line.of("l", 0, Endpoint.of("a", "A"))).build();
  private final Lease<String> lease = Objects.requireNonNull(group.begin(true).next());

  /** Ends the lease with a success. */
  @Actor
  public void report() {
    lease.end(Outcome.SUCCESS, 200);
  }

  /** Closes the lease. */
  @Actor
  public void close() {
    lease.close();
  }

  /** Closes the group. */
  @Actor
  public void closeGroup() {
    group.close();
  }

  /** Reads the counters. */
  @Arbiter
  public void read(III_Result result) {
    Traffic traffic = group.snapshot().lines().get(0).traffic();
    result.r1 = traffic.inFlight();
    result.r2 = (int) traffic.successes();
    result.r3 = (int) group.snapshot().misuse().doubleEnds();
  }
}
