package io.gatewaykit.healthcheck;

/**
 * When targets are probed, in nanoseconds. A settled target is probed on a grid of its own: fixed
 * rate, its phase a hash of its id and the engine's seed, so that probes of many targets are spread
 * evenly from the first second and stay so. Jitter moves a probe around its grid point and does not
 * add up; grid points that were missed are skipped, never made up for.
 *
 * @param interval between probes of a target nothing speaks against
 * @param suspect between probes of a target that has begun to fail
 * @param recovering between probes of a target that has begun to recover
 * @param down between probes of a target that is down
 * @param idle between probes of a target that has had no traffic since it came
 * @param timeout for a whole probe
 * @param jitter the share of an interval by which probes come earlier or later
 */
record Schedule(
    long interval,
    long suspect,
    long recovering,
    long down,
    long idle,
    long timeout,
    double jitter) {
  private static final long LEAST_TOLERATED_LAG = 100_000_000; // 100 ms

  /** The phase of a target within the interval. */
  long phase(String id, long seed) {
    long mixed = (id.hashCode() + seed) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L; // ids that differ little must spread
    return Math.floorMod(mixed ^ (mixed >>> 32), interval);
  }

  /** The first grid point after {@code now}. */
  long nextOnGrid(long origin, long phase, long now) {
    long sinceFirst = now - origin - phase;
    return sinceFirst < 0
        ? origin + phase
        : origin + phase + (sinceFirst / interval + 1) * interval;
  }

  /** The time between probes of a target whose probes say this of it. */
  long intervalIn(TargetState verdict, boolean traffic) {
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

  /** How late this process may be before its lateness is held against it, not the target. */
  long toleratedLag() {
    return Math.max(LEAST_TOLERATED_LAG, interval / 4);
  }
}
