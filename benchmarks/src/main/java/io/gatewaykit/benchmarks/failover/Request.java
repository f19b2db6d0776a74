package io.gatewaykit.benchmarks.failover;

import io.gatewaykit.failover.SelectContext;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What belongs to one thread that chooses. */
@State(Scope.Thread)
public class Request {
  final SelectContext context = new SelectContext();
}
