package io.gatewaykit.failover;

import io.gatewaykit.failover.TableBuilder.LinePolicy;
import io.gatewaykit.failover.internal.balance.Stripes;
import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Says in words why a table sends a request where it does. */
final class Explainer<T> {
  private final PickTable<T> table;
  private final LinePolicy policy;
  private final long now;

  Explainer(PickTable<T> table, LinePolicy policy, long now) {
    this.table = table;
    this.policy = policy;
    this.now = now;
  }

  Explanation explain(SelectContext context, Stripes stripes) {
    LinePool<T> chosen = context.keyed() ? table.line(context, stripes) : table.active;
    var lines = new ArrayList<Explanation.Reason>();
    for (int i = 0; i < table.pools.size(); i++) {
      LinePool<T> pool = table.pools.get(i);
      LineCourse course = pool.line.course;
      lines.add(
          new Explanation.Reason(
              pool.line.line.id(),
              table.shares[i] / (double) PickTable.SLOTS,
              pool.eligible,
              pool.members.states.length,
              why(pool, table.shares[i]),
              Duration.ofNanos(now - course.since())));
    }
    String line = chosen == null || table.refuse ? "" : chosen.line.line.id();
    return new Explanation(line, rule(chosen, context), table.panic, lines);
  }

  private String rule(@Nullable LinePool<T> chosen, SelectContext context) {
    if (table.refuse) {
      return "too little is healthy, and the group refuses then";
    }
    if (chosen == null) {
      return "no line has an endpoint that may be used";
    }
    if (table.panic) {
      return policy.panicMode() == PanicMode.SPREAD
          ? "too little is healthy: health is ignored, all lines share the traffic"
          : "too little is healthy: health is ignored, the traffic stays where it was";
    }
    if (context.keyed()) {
      return "the key belongs to this line's share";
    }
    return policy.switcher().fastest
        ? "it leads the lines of the best priority that is available"
        : "it has the largest share of the best priority that is available";
  }

  private String why(LinePool<T> pool, int share) {
    LineCourse course = pool.line.course;
    if (table.panic) {
      return pool.eligible == 0 ? "all of it is being taken out" : "health is ignored";
    }
    if (pool.line.vetoed()) {
      return "its circuit breaker is open";
    }
    if (course.phase() != LineCourse.Phase.UP) {
      return course.describe(now);
    }
    if (pool.line.line.weight() == 0) {
      return "its weight is 0";
    }
    int capacity = pool.line.line.capacity();
    if (capacity > 0 && pool.line.open() >= capacity) {
      return "it is full: " + pool.line.open() + " of " + capacity + " leases are open";
    }
    if (share == 0) {
      return policy.switcher().fastest
          ? "another line leads"
          : "lines of a better priority can take all the traffic";
    }
    return share < PickTable.SLOTS && pool.healthyWeight < pool.totalWeight
        ? "it has lost endpoints, so a part of its traffic spills over"
        : course.describe(now);
  }
}
