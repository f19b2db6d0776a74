package io.gatewaykit.healthcheck;

/**
 * When targets are probed, in nanoseconds. A settled target is probed on a grid of its own: fixed
 * rate, its phase a hash of its id and the checker's seed, so that probes of many targets are
 * spread evenly from the first second and stay so. Jitter moves a probe around its grid point and
 * does not add up; grid points that were missed are skipped, never made up for.
 */
record Schedule(
    long interval, long suspectInterval, long downInterval, long timeout, double jitter) {

  /** The phase of a target within the interval. */
  long phase(String id, long seed) {
    long mixed = (id.hashCode() + seed) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L; // ids that differ little must spread
    return Math.floorMod(mixed ^ (mixed >>> 32), interval);
  }

  /** How long after {@code origin} the first probe, or the next one after {@code now}, is due. */
  long nextOnGrid(long origin, long phase, long now) {
    long sinceFirst = now - origin - phase;
    return sinceFirst < 0
        ? origin + phase
        : origin + phase + (sinceFirst / interval + 1) * interval;
  }

  /** The time between probes of a target in this state. */
  long intervalIn(TargetState state) {
    return switch (state) {
      case MOSTLY_HEALTHY, MOSTLY_UNHEALTHY -> suspectInterval;
      case UNHEALTHY -> downInterval;
      default -> interval;
    };
  }

  /** How late a deadline may fire before its lateness is held against us, not the target. */
  long toleratedLag() {
    return Math.max(100_000_000, interval / 4);
  }
}
