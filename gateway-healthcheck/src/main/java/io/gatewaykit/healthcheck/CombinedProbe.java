// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.engine.ProbePart;
import io.gatewaykit.healthcheck.internal.engine.ProbePlan;
import io.gatewaykit.healthcheck.internal.wire.Session;
import java.util.List;

/** A probe that combines the results of several others. */
final class CombinedProbe extends Probe {
  private final List<Probe> parts;
  private final boolean oneIsEnough;

  CombinedProbe(List<Probe> parts, boolean oneIsEnough) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("parts: none (expected: at least one probe)");
    }
    for (Probe part : parts) {
      if (part instanceof CombinedProbe) {
        throw new IllegalArgumentException("parts: a combined probe (expected: single probes)");
      }
    }
    this.parts = parts;
    this.oneIsEnough = oneIsEnough;
  }

  @Override
  ProbePlan plan(Target target) {
    List<ProbePart> each = parts.stream().map(part -> part.part(target)).toList();
    return plan(target, each, oneIsEnough);
  }

  @Override
  Session session(Target target) {
    throw new UnsupportedOperationException("a combined probe has no session");
  }
}
