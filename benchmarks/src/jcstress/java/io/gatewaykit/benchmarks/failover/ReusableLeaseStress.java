// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.GroupSnapshot.Traffic;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.ReusableLease;
import io.gatewaykit.failover.SelectContext;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A thread ends a lease while its owner also ends it and starts the next one. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(
    id = "1, 1, 1",
    expect = Expect.ACCEPTABLE,
    desc = "one end counted, the other was misuse, and the next lease is open")
@State
public class ReusableLeaseStress {
  private final FailoverGroup<String> group =
      FailoverGroup.<String>builder("g")
          .line(Line.of("l", 0, Endpoint.of("a", "A"), Endpoint.of("b", "B")))
          .build();
  private final ReusableLease<String> lease = group.reusableLease();
  private final long first = lease.begin(new SelectContext());

  /** Ends the lease and starts the next one. */
  @Actor
  public void owner() {
    lease.end(first, Outcome.SUCCESS, 200);
    long unused = lease.begin(new SelectContext());
  }

  /** Ends the first lease only, at any time. */
  @Actor
  public void other() {
    lease.end(first, Outcome.FAILURE, 500);
  }

  /** Reads the counters. */
  @Arbiter
  public void read(III_Result result) {
    Traffic traffic = group.snapshot().lines().get(0).traffic();
    result.r1 = traffic.inFlight();
    result.r2 = (int) (traffic.successes() + traffic.failures());
    result.r3 = (int) group.snapshot().misuse().doubleEnds();
  }
}
