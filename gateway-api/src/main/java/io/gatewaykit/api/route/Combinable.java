// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

/**
 * A policy that can be combined with another one. If servers may interpret a request's target in
 * two ways that match two routes, both policies must be applied.
 *
 * @param <T> the policy's own type
 */
public interface Combinable<T> {
  /**
   * Returns a policy that is at least as strict as both this one and the other. Neither is
   * modified.
   *
   * @throws io.gatewaykit.api.request.AmbiguousTargetException if no such policy exists; the
   *     request is then rejected with 400
   */
  T and(T other);
}
