package io.gatewaykit.waf.pattern;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a state of a {@link LazyDfa} stands for; two are equal if all texts go on alike from both.
 */
final class StateInfo {
  /** How the byte before counts, see {@link Syntax.Kind#context}. */
  final int context;

  /** The nodes that wait for the next byte, in order. */
  final int[] nodes;

  /** The patterns that the step to this state has matched, in order. */
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
