package io.gatewaykit.healthcheck;

import io.gatewaykit.api.upstream.Health;
import io.gatewaykit.healthcheck.CheckerSnapshot.DecidedBy;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one target. Its verdict is one word, so readers see state and counts of one
 * moment; writers take the checker's lock, except where a report changes nothing, which is nearly
 * always: then a volatile read is all there is.
 */
final class WatchedTarget {
  final Target target;

  /** Written under the checker's lock. */
  private volatile long word = Thresholds.settled(TargetState.HEALTHY);

  private volatile boolean reportedOn;
  private volatile Standing standing;

  /** Written by the engine's thread alone. */
  private volatile Probed probed = new Probed(0, null);

  // The engine's thread alone.
  @Nullable ProbeAttempt attempt;

  /** Set under the checker's lock; a removed target learns nothing more. */
  volatile boolean removed;

  private record Standing(long since, DecidedBy decidedBy, String cause) {}

  private record Probed(long count, @Nullable ProbeResult last) {}

  WatchedTarget(Target target, long now) {
    this.target = target;
    standing = new Standing(now, DecidedBy.NOBODY, "not checked yet");
  }

  Health health() {
    return reportedOn ? Thresholds.state(word).health() : Health.UNKNOWN;
  }

  TargetState state() {
    return Thresholds.state(word);
  }

  boolean changesNothing(Thresholds thresholds, Report report) {
    long now = word;
    return reportedOn && thresholds.next(now, report) == now;
  }

  /** Takes a report, under the checker's lock. */
  void report(Thresholds thresholds, Report report, long now, DecidedBy by, String cause) {
    TargetState before = state();
    boolean first = !reportedOn;
    word = thresholds.next(word, report);
    reportedOn = true;
    if (first || state() != before) {
      standing = new Standing(now, by, cause);
    }
  }

  void probed(ProbeResult result) {
    probed = new Probed(probed.count() + 1, result);
  }

  TargetView view(long now) {
    long counts = word;
    Standing current = standing;
    Probed probes = probed;
    return new TargetView(
        target,
        Thresholds.state(counts),
        current.decidedBy(),
        current.cause(),
        Math.max(0, now - current.since()),
        Thresholds.count(counts, Report.SUCCESS),
        Thresholds.count(counts, Report.HTTP_FAILURE),
        Thresholds.count(counts, Report.TCP_FAILURE),
        Thresholds.count(counts, Report.TIMEOUT),
        probes.count(),
        probes.last());
  }
}
