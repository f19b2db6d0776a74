// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

/** An own SplitMix64, since the sequence of the JDK's may change between versions. */
final class Seeded {
  private long state;

  Seeded(long seed) {
    state = seed;
  }

  long next() {
    state += 0x9e3779b97f4a7c15L;
    long z = state;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  double nextDouble() {
    return (next() >>> 11) * 0x1p-53;
  }

  int nextInt(int bound) {
    return (int) ((next() >>> 32) * bound >>> 32);
  }
}
