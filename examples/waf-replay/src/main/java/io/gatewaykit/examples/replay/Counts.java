// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

/** The number of requests by decision. */
final class Counts {
  private long requests;
  private long blocked;
  private long detected;

  void add(boolean isBlocked, boolean isDetected) {
    requests++;
    blocked += isBlocked ? 1 : 0;
    detected += isDetected ? 1 : 0;
  }

  long requests() {
    return requests;
  }

  long blocked() {
    return blocked;
  }

  /** Returns the number of requests matched by at least one rule, regardless of its score. */
  long detected() {
    return detected;
  }
}
