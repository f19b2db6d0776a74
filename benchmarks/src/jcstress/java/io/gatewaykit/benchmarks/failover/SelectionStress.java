// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.api.upstream.HealthChangeListener;
import io.gatewaykit.api.upstream.HealthSignal;
import io.gatewaykit.api.upstream.Subscription;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.SelectContext;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** An endpoint goes down while two threads select; later selections return the other endpoint. */
@JCStressTest
@Outcome(id = "[01], [01], 1", expect = Expect.ACCEPTABLE, desc = "the change was not missed")
@State
public class SelectionStress {
  private final Switch health = new Switch();
  private final FailoverGroup<Integer> group =
      FailoverGroup.<Integer>builder("g")
          .line(Line.of("l", 0, Endpoint.of("a", 0), Endpoint.of("b", 1)))
          .health(health)
          .build();

  /** The health of the first endpoint. */
  private static final class Switch implements HealthSignal {
    private volatile Health first = Health.HEALTHY;
    private volatile HealthChangeListener listener = (id, health) -> {};

    @Override
    public Health health(String endpointId) {
      return endpointId.equals("a") ? first : Health.HEALTHY;
    }

    @Override
    public Subscription subscribe(HealthChangeListener subscriber) {
      listener = subscriber;
      return () -> {};
    }

    void down() {
      first = Health.UNHEALTHY;
      listener.onHealth("a", Health.UNHEALTHY);
    }
  }

  private int pick() {
    return Objects.requireNonNull(group.pick(new SelectContext())).payload();
  }

  /** The first endpoint goes down. */
  @Actor
  public void down() {
    health.down();
  }

  /** Selects an endpoint. */
  @Actor
  public void choose(III_Result result) {
    result.r1 = pick();
  }

  /** Selects an endpoint too; one of the two threads builds the table. */
  @Actor
  public void chooseToo(III_Result result) {
    result.r2 = pick();
  }

  /** Selects after all actors have completed. */
  @Arbiter
  public void after(III_Result result) {
    int once = pick();
    result.r3 = once & pick();
  }
}
