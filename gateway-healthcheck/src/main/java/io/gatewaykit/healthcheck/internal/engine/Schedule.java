// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.healthcheck.state.TargetState;

/**
 * The probe schedule of the targets; all times are in nanoseconds. A settled target is probed at a
 * fixed rate on a grid. Its phase is a hash of its id and the engine's seed, so the probes of many
 * targets are spread evenly from the start and remain so. Jitter moves a probe around its grid
 * point and does not accumulate. Missed grid points are skipped, not made up for.
 *
 * @param interval between probes of a settled target
 * @param suspect between probes of a target that has started to fail
 * @param recovering between probes of a target that has started to recover
 * @param down between probes of an unhealthy target
 * @param idle between probes of a target without traffic since it was added
 * @param timeout for a complete probe
 * @param jitter the fraction of an interval by which probes may be early or late
 */
public record Schedule(
    long interval,
    long suspect,
    long recovering,
    long down,
    long idle,
    long timeout,
    double jitter) {
  private static final long MIN_TOLERATED_LAG = 100_000_000; // 100 ms

  /** Returns the phase of a target within the interval. */
  long phase(String id, long seed) {
    long mixed = (id.hashCode() + seed) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L; // similar ids must be spread too
    return Math.floorMod(mixed ^ (mixed >>> 32), interval);
  }

  /** Returns the first grid point after {@code now}. */
  long nextOnGrid(long origin, long phase, long now) {
    long sinceFirst = now - origin - phase;
    return sinceFirst < 0
        ? origin + phase
        : origin + phase + (sinceFirst / interval + 1) * interval;
  }

  /** Returns the interval for a target with this probe verdict, with or without traffic. */
  public long intervalIn(TargetState verdict, boolean traffic) {
    if (!traffic && idle != interval) {
      return idle;
    }
    return switch (verdict) {
      case MOSTLY_HEALTHY -> suspect;
      case MOSTLY_UNHEALTHY -> recovering;
      case UNHEALTHY -> down;
      default -> interval;
    };
  }

  /**
   * Returns the scheduling delay up to which a missed deadline is attributed to the target, not to
   * this process.
   */
  long toleratedLag() {
    return Math.max(MIN_TOLERATED_LAG, interval / 4);
  }
}
