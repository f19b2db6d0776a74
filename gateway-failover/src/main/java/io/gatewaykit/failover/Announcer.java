package io.gatewaykit.failover;

import io.gatewaykit.failover.TableBuilder.LinePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what a group decides, and why, to its log, its listener and its snapshot. Thread-safe. */
final class Announcer<T> {
  private static final Logger log = LoggerFactory.getLogger(Announcer.class);

  private final String group;
  private final FailoverListener listener;
  private final LinePolicy policy;
  private final int maxFails;
  private final SwitchLog switches;

  Announcer(FailoverGroupBuilder<T> builder, LinePolicy policy, long now) {
    group = builder.name;
    listener = builder.listener;
    maxFails = builder.maxFails;
    this.policy = policy;
    switches = new SwitchLog(now);
  }

  SwitchLog switches() {
    return switches;
  }

  void panic(boolean entered) {
    if (entered) {
      log.warn("group {}: too little is healthy, mode {}", group, policy.panicMode());
      tell(() -> listener.onPanic(group));
    } else {
      log.info("group {}: enough is healthy again", group);
      tell(() -> listener.onPanicOver(group));
    }
  }

  void setAside(String endpointId) {
    log.info(
        "group {}: endpoint {} set aside after {} failures in a row", group, endpointId, maxFails);
    tell(() -> listener.onSetAside(group, endpointId));
  }

  /** Notes which line gets the traffic that begins now. */
  void active(PickTable<T> current, long now) {
    LinePool<T> active = current.active;
    if (active == null || current.noted) {
      return;
    }
    current.noted = true; // a race notes twice, which changes nothing
    String line = active.line.line.id();
    SwitchLog.Move last = switches.last();
    String before = last.to();
    if (line.equals(before)) {
      return;
    }
    String cause = cause(current.topology, before, line);
    if (switches.move(last, new SwitchLog.Move(before, line, cause, now)) && !before.isEmpty()) {
      log.info("group {}: switched from line {} to {}: {}", group, before, line, cause);
      tell(() -> listener.onSwitch(group, before, line, cause));
    }
  }

  private String cause(LiveTopology<T> topology, String before, String line) {
    if (before.isEmpty()) {
      return "it was the best available line when traffic began";
    }
    LiveTopology.Placed<T> left = topology.line(before);
    LiveTopology.Placed<T> taken = topology.line(line);
    if (left == null) {
      return "line " + before + " was removed";
    }
    if (left.state().course.phase() == LineCourse.Phase.DOWN) {
      return "line " + before + " has no available endpoint";
    }
    if (taken != null && taken.line().priority() < left.line().priority()) {
      return "line " + line + " is available again";
    }
    return taken != null && policy.switcher().fastest
        ? taken.state().course.cause()
        : "line " + before + " has lost too many endpoints";
  }

  private static void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      log.warn("a failover listener failed", e);
    }
  }
}
