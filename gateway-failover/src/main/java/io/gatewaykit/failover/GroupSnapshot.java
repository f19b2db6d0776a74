package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Health;
import java.util.List;

/**
 * How a group stands, for status pages.
 *
 * @param name the group's name
 * @param activeLine the line that took the last first attempt; empty before there was one
 * @param panics how often nothing was available
 * @param lines its lines, best first
 */
public record GroupSnapshot(String name, String activeLine, long panics, List<LineView> lines) {

  /**
   * One line.
   *
   * @param id its id
   * @param priority its priority
   * @param endpoints its endpoints
   */
  public record LineView(String id, int priority, List<EndpointView> endpoints) {}

  /**
   * One endpoint.
   *
   * @param id its id
   * @param weight its weight
   * @param health what the health signal says
   * @param aside whether failures of real traffic have set it aside
   * @param inFlight leases not closed yet
   * @param picks leases ever given
   * @param successes attempts that succeeded
   * @param failures attempts that count against it
   */
  public record EndpointView(
      String id,
      int weight,
      Health health,
      boolean aside,
      int inFlight,
      long picks,
      long successes,
      long failures) {}
}
