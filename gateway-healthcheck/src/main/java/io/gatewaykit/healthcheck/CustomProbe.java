// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.engine.ProbePart;
import io.gatewaykit.healthcheck.internal.wire.Session;
import java.util.concurrent.Executor;

/** A user-defined check that runs on a user-supplied executor. */
final class CustomProbe extends Probe {
  private final Check check;
  private final Executor executor;

  CustomProbe(Check check, Executor executor) {
    this.check = check;
    this.executor = executor;
  }

  @Override
  ProbePart part(Target target) {
    return new ProbePart.Call(() -> check.passes(target), executor);
  }

  @Override
  Session session(Target target) {
    throw new UnsupportedOperationException("a custom probe has no session");
  }
}
