// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.policy;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.route.Combinable;
import io.gatewaykit.edge.proxy.MessagePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The policy of a route, or of several: a request target with two readings can match two routes.
 * The limits of both then apply, and the firewall if either enables it. Immutable but for the
 * counters.
 *
 * @param traffic the guard that counts all requests
 * @param limits the limits
 * @param firewalls the firewalls
 * @param hits the counters of the routes
 * @param messages the guards of WebSocket messages
 * @param chain all guards: limits before firewalls, so that a flood does not cost inspections
 */
record RoutePolicy(
    Guard traffic,
    List<Guard> limits,
    List<Guard> firewalls,
    List<LongAdder> hits,
    MessagePolicy messages,
    GuardChain chain)
    implements Combinable<RoutePolicy> {

  static RoutePolicy of(
      Guard traffic,
      List<Guard> limits,
      List<Guard> firewalls,
      List<LongAdder> hits,
      MessagePolicy messages) {
    var guards = new ArrayList<Guard>();
    guards.add(traffic);
    guards.addAll(limits);
    guards.addAll(firewalls);
    GuardChain chain = GuardChain.empty();
    for (Guard guard : guards) { // one at a time: firewalls of routes can share a name
      chain = chain.and(GuardChain.of(guard));
    }
    return new RoutePolicy(traffic, limits, firewalls, hits, messages, chain);
  }

  @Override
  public RoutePolicy and(RoutePolicy other) {
    return of(
        traffic,
        union(limits, other.limits),
        union(firewalls, other.firewalls),
        union(hits, other.hits),
        messages.and(other.messages));
  }

  private static <T> List<T> union(List<T> one, List<T> two) {
    var union = new ArrayList<>(one);
    for (T each : two) {
      if (!union.contains(each)) { // guards and counters compare by identity
        union.add(each);
      }
    }
    return List.copyOf(union);
  }

  void count() {
    for (int i = 0; i < hits.size(); i++) {
      hits.get(i).increment();
    }
  }
}
