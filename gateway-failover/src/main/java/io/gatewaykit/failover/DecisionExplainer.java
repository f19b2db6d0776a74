// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import io.gatewaykit.failover.internal.balance.Stripes;
import io.gatewaykit.failover.internal.line.LineCourse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Builds a human-readable explanation of the line that a table selects. */
final class DecisionExplainer<T> {
  private final SelectionTable<T> table;
  private final boolean failingOpen;
  private final LineSettings policy;
  private final long now;

  DecisionExplainer(SelectionTable<T> table, boolean failingOpen, LineSettings policy, long now) {
    this.table = table;
    this.failingOpen = failingOpen;
    this.policy = policy;
    this.now = now;
  }

  Explanation explain(SelectContext context, Stripes stripes) {
    LineRoute<T> route = table.route(context);
    LinePool<T> chosen = context.keyed() ? route.line(context, stripes) : route.active;
    var lines = new ArrayList<Explanation.Reason>();
    for (LinePool<T> pool : table.pools) {
      int share = route.share(pool.line);
      boolean carries = route.pool(pool.line) != null;
      LineCourse course = pool.line.course;
      lines.add(
          new Explanation.Reason(
              pool.line.line.id(),
              share / (double) SelectionTable.SLOTS,
              pool.eligible,
              pool.members.states.length,
              carries ? whyWithLoss(pool, share) : "does not carry this class of requests",
              Duration.ofNanos(now - course.since())));
    }
    String line = chosen == null || table.rejects ? "" : chosen.line.line.id();
    return new Explanation(line, rule(chosen, context), table.panic || failingOpen, lines);
  }

  private String rule(@Nullable LinePool<T> chosen, SelectContext context) {
    if (table.rejects) {
      return "too few healthy endpoints: requests are rejected";
    }
    if (chosen == null) {
      return "no line has an available endpoint";
    }
    if (table.panic) {
      return policy.panicMode() == PanicMode.SPREAD
          ? "too few healthy endpoints: health is ignored, all lines share the traffic"
          : "too few healthy endpoints: health is ignored, traffic stays on its line";
    }
    if (failingOpen) {
      return policy.panicMode() == PanicMode.SPREAD
          ? "all endpoints are full or reject: all lines share the traffic"
          : "all endpoints are full or reject: traffic stays on its line";
    }
    if (context.keyed()) {
      return "the key maps to this line";
    }
    return policy.switcher().rules().fastest()
        ? "lowest latency in the best available priority"
        : "largest share in the best available priority";
  }

  private String whyWithLoss(LinePool<T> pool, int share) {
    String why = why(pool, share);
    double loss = pool.line.loss.rate();
    return loss < 0.0005 ? why : why + String.format(Locale.ROOT, "; loss %.1f %%", 100 * loss);
  }

  private String why(LinePool<T> pool, int share) {
    LineCourse course = pool.line.course;
    if (table.panic) {
      return pool.eligible == 0 ? "all endpoints are draining" : "health is ignored";
    }
    if (pool.line.vetoed()) {
      return "circuit breaker open";
    }
    if (course.phase() != LineCourse.Phase.UP) {
      return course.describe(now);
    }
    if (pool.line.line.weight() == 0) {
      return "weight is 0";
    }
    int capacity = pool.line.line.capacity();
    if (capacity > 0 && pool.line.open() >= capacity) {
      return "full: " + pool.line.open() + " of " + capacity + " leases open";
    }
    if (pool.line.isBudgetExhausted(now)) {
      return "budget spent: " + pool.line.line.traffic().budget() + " per second";
    }
    if (share == 0) {
      return policy.switcher().rules().fastest()
          ? "another line leads"
          : "better priorities carry all traffic";
    }
    return share < SelectionTable.SLOTS && pool.healthyWeight < pool.totalWeight
        ? "endpoints lost: part of its traffic spills over"
        : course.describe(now);
  }
}
