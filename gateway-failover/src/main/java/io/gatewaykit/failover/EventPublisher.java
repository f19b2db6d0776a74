// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import io.gatewaykit.failover.internal.line.LineCourse;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes decisions of a group with their causes: to the log, the listener and the snapshot.
 * Thread-safe.
 */
final class EventPublisher<T> {
  private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);

  /** The number of ids in a log line. */
  private static final int MAX_LOGGED_IDS = 10;

  private final String group;
  private final FailoverListener listener;
  private final OutcomeReport report;
  private final LineSettings policy;
  private final int maxFails;
  private final SwitchHistory switchHistory;
  private volatile boolean reportFailed;

  EventPublisher(GroupSettings<T> settings, long now) {
    group = settings.name();
    listener = settings.listener();
    report = settings.report();
    maxFails = settings.endpoints().maxFails();
    policy = settings.lines();
    switchHistory = new SwitchHistory(now);
  }

  SwitchHistory switchHistory() {
    return switchHistory;
  }

  void onPanicChange(boolean entered) {
    if (entered) {
      log.warn(
          "group {}: entered panic mode {}: too few healthy endpoints", group, policy.panicMode());
    } else {
      log.info("group {}: left panic mode", group);
    }
    notifyListener(() -> listener.onPanic(new PanicEvent(group, policy.panicMode(), entered)));
  }

  void onEjected(String endpointId) {
    log.info(
        "group {}: ejected endpoint {} after {} consecutive failures", group, endpointId, maxFails);
    notifyListener(() -> listener.onEjection(new EjectionEvent(group, endpointId, maxFails)));
  }

  /** Reports the outcome of an attempt; an exception is logged once and has no other effect. */
  void report(String endpointId, Outcome outcome, int status, long latencyNanos) {
    try {
      report.report(endpointId, outcome, status, latencyNanos);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      if (!reportFailed) {
        reportFailed = true;
        log.warn("group {}: outcome report threw an exception (logged once)", group, e);
      }
    }
  }

  /** Logs endpoints of which the health signal reports nothing. */
  void onUnmonitored(List<String> endpointIds) {
    log.warn(
        "group {}: {} endpoints are unknown to the health signal, so that they always count as"
            + " available: {} (the ids of targets and endpoints must be equal)",
        group,
        endpointIds.size(),
        endpointIds.subList(0, Math.min(MAX_LOGGED_IDS, endpointIds.size())));
  }

  void onRetry(RetryEvent event) {
    notifyListener(() -> listener.onRetry(event));
  }

  /** Records the line that receives new traffic. */
  void onActiveLine(SelectionTable<T> current, long now) {
    LinePool<T> active = current.active;
    if (active == null || current.noted) {
      return;
    }
    current.noted = true; // a race repeats this, which has no effect
    String line = active.line.line.id();
    SwitchHistory.Move last = switchHistory.last();
    String from = last.to();
    if (line.equals(from)) {
      return;
    }
    String cause = cause(current.topology, from, line);
    if (switchHistory.move(last, new SwitchHistory.Move(from, line, cause, now))
        && !from.isEmpty()) {
      log.info("group {}: switched from line {} to line {}: {}", group, from, line, cause);
      notifyListener(() -> listener.onSwitch(new LineSwitchEvent(group, from, line, cause)));
    }
  }

  private String cause(LiveTopology<T> topology, String from, String line) {
    if (from.isEmpty()) {
      return "initial line";
    }
    LiveTopology.Placed<T> previous = topology.line(from);
    LiveTopology.Placed<T> current = topology.line(line);
    if (previous == null) {
      return "line " + from + " was removed";
    }
    if (previous.state().course.phase() == LineCourse.Phase.DOWN) {
      return "line " + from + " has no available endpoint";
    }
    if (current != null && current.line().priority() < previous.line().priority()) {
      return "line " + line + " is available again";
    }
    return current != null && policy.switcher().rules().fastest()
        ? current.state().course.cause()
        : "line " + from + " has too few available endpoints";
  }

  private static void notifyListener(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | LinkageError | AssertionError e) {
      log.warn("failover listener threw an exception", e);
    }
  }
}
