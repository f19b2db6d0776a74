package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.wire.Session;
import java.util.List;

/** Several probes that decide together. */
final class CombinedProbe extends Probe {
  final List<Probe> parts;
  final boolean oneIsEnough;

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
  Session session(Target target) {
    throw new UnsupportedOperationException("its parts are asked");
  }
}
