// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Maps sticky tokens to endpoints of the current topology. Thread-safe. */
final class StickyRoute<T> {
  private final String group;
  private final StickyTokens tokens;
  private volatile Index<T> index = new Index<>(LiveTopology.empty(), Map.of());

  /** The endpoints of one topology by hash; immutable, and rebuilt for the next topology. */
  private record Index<T>(LiveTopology<T> topology, Map<Long, EndpointState<T>> byHash) {}

  StickyRoute(String group, StickyTokens tokens) {
    this.group = group;
    this.tokens = tokens;
  }

  /**
   * Returns the endpoint of a token, or null if the token is invalid or the endpoint unavailable.
   */
  @Nullable EndpointState<T> endpoint(LiveTopology<T> topology, String token) {
    OptionalLong hash = tokens.verify(group, token);
    EndpointState<T> state = hash.isEmpty() ? null : index(topology).byHash.get(hash.getAsLong());
    return state != null && (state.veto() & EndpointState.HARD) == 0 && state.endpoint.weight() > 0
        ? state
        : null;
  }

  @SuppressWarnings("ReferenceEquality") // identity, not equality
  private Index<T> index(LiveTopology<T> topology) {
    Index<T> current = index;
    if (current.topology == topology) {
      return current;
    }
    var byHash = new HashMap<Long, EndpointState<T>>();
    topology.endpoints().values().forEach(state -> byHash.put(state.hash, state));
    current = new Index<>(topology, byHash); // concurrent builds are equal
    index = current;
    return current;
  }

  /** Returns the token of an endpoint; null if the client's token already identifies it. */
  @Nullable String token(EndpointState<T> state, @Nullable String clientToken) {
    OptionalLong named =
        clientToken == null ? OptionalLong.empty() : tokens.verify(group, clientToken);
    return named.isPresent() && named.getAsLong() == state.hash
        ? null
        : tokens.sign(group, state.hash);
  }
}
