// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.ReusableLease;
import io.gatewaykit.failover.SelectContext;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The state of a thread that selects endpoints. */
@State(Scope.Thread)
public class Request {
  final SelectContext context = new SelectContext();

  private @Nullable ReusableLease<Integer> lease;

  /** Returns this thread's lease of the group, always the same object. */
  ReusableLease<Integer> lease(FailoverGroup<Integer> group) {
    ReusableLease<Integer> kept = lease;
    if (kept == null) {
      kept = group.reusableLease();
      lease = kept;
    }
    return kept;
  }
}
