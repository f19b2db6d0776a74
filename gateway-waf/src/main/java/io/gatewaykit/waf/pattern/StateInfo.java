// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The contents of a {@link LazyDfa} state. Equal states have the same continuations. */
final class StateInfo {
  /** The class of the previous byte, see {@link Syntax.Kind#context}. */
  final int context;

  /** The nodes that consume the next byte, in ascending order. */
  final int[] nodes;

  /** The patterns matched by the step to this state, in ascending order. */
  final int[] matches;

  StateInfo(int context, int[] nodes, int[] matches) {
    this.context = context;
    this.nodes = nodes;
    this.matches = matches;
  }

  @Override
  public int hashCode() {
    return (Arrays.hashCode(nodes) * 31 + Arrays.hashCode(matches)) * 31 + context;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StateInfo o
        && context == o.context
        && Arrays.equals(nodes, o.nodes)
        && Arrays.equals(matches, o.matches);
  }
}
