// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.Set;

/** A guard that allows each head. Tests define its inspection of bodies. */
abstract class BodyGuard implements Guard {
  @Override
  public String name() {
    return "body";
  }

  @Override
  public Set<Stage> stages() {
    return Set.of(Stage.HEAD, Stage.BODY);
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    return Verdict.allow();
  }
}
