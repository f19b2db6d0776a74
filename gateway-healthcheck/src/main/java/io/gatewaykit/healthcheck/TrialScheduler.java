// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;

/** Schedules the trials of targets that real traffic marked unhealthy. */
final class TrialScheduler {
  private final ProbeLoop loop;
  private final Ticker ticker;
  private final TargetRegistry registry;
  private final long trialNanos;
  private final boolean hasTrials;

  TrialScheduler(CheckerSettings settings, ProbeLoop loop, TargetRegistry registry) {
    this.loop = loop;
    this.registry = registry;
    ticker = loop.ticker();
    trialNanos = settings.passive().trialNanos();
    hasTrials = settings.probe() == null || !settings.passive().sharedVerdict();
  }

  /** Called under the registry's lock, so that the timer is set in the order of the changes. */
  void onEffect(WatchedTarget watched, TrialEffect effect) {
    if (effect == TrialEffect.NONE || !hasTrials) {
      return;
    }
    long now = ticker.read();
    loop.execute(() -> {
      if (!watched.removed && !registry.isClosed()) {
        apply(timerOf(watched), effect, now);
      }
    });
  }

  private TrialTimer timerOf(WatchedTarget watched) {
    TrialTimer timer = watched.trial;
    if (timer == null) {
      timer =
          new TrialTimer(
              loop.wheel(), () -> registry.apply(watched, Transition.Trial.OPENED), trialNanos);
      watched.trial = timer;
    }
    return timer;
  }

  private static void apply(TrialTimer timer, TrialEffect effect, long now) {
    switch (effect) {
      case UP -> timer.up();
      case DOWN -> timer.down(false, now);
      case TRIAL_FAILED -> timer.down(true, now);
      case TAKEN -> timer.taken(now);
      case NONE -> throw new AssertionError("no effect has a timer");
    }
  }

  /** Ends the trials of a target. Called on the engine thread. */
  void stop(WatchedTarget watched) {
    if (watched.trial != null) {
      loop.wheel().cancel(watched.trial);
      watched.trial = null;
    }
  }
}
