// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.ratelimit;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.ratelimit.ConcurrencyLimiter;
import io.gatewaykit.ratelimit.ConcurrencyPermit;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads release the same permit while another is held. Exactly one permit is released. */
@JCStressTest
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "released once, the other still held")
@State
public class PermitStress {
  private final ConcurrencyLimiter<Integer> limiter =
      ConcurrencyLimiter.<Integer>builder().max(2).ticker(new ManualTicker()).build();
  private final ConcurrencyPermit permit = limiter.tryAcquire(1).orElseThrow();
  private final boolean other = limiter.tryAcquire(1).isPresent();
  private int releases;
  private boolean first;
  private boolean second;

  /** Releases on one thread. */
  @Actor
  public void one() {
    first = permit.release(Duration.ZERO);
  }

  /** Releases on another. */
  @Actor
  public void two() {
    second = permit.release(Duration.ZERO);
  }

  /** Counts the permits. */
  @Arbiter
  public void count(II_Result result) {
    releases = (first ? 1 : 0) + (second ? 1 : 0);
    result.r1 = releases;
    result.r2 = other ? limiter.inUse(1) : -1;
  }
}
