// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Computes the refundable part of a reservation of one bucket: the exact difference between the
 * bucket and one that the returned permits never entered.
 *
 * <p>Let x(s) be the backlog at time s. If a request admitted at t had cost less by d, the backlog
 * now would be less by {@code min(d, m)}, where m is the minimum of x over the time since t: below
 * that minimum the other bucket was empty, and capacity unused while empty cannot be spent later.
 * The minima of all open reservations have one representation. The backlog is a stack of layers,
 * one for each reservation, the latest on top. Draining takes from the top, since it lowers the
 * minimum of the latest reservations first. The minimum of a reservation is the sum of its layer
 * and those below. A refund of r takes r from its own layer, then from those below, which yields
 * the minima of the history without it. Permits taken without a reservation lie on top, in no
 * layer.
 *
 * <p>Takes without a reservation are not reported here. Between two calls the backlog was at least
 * the one after the first call less the time since, so that is used as its minimum: exact unless
 * unreported takes came in between, and otherwise too little rather than too much.
 *
 * <p>A layer that has drained is merged into the one below, so each call costs amortized O(1)
 * (nearly: the merged layers are a disjoint-set forest). At most {@value #MAX_LAYERS} layers;
 * beyond that the oldest reservation is no longer refundable. All amounts are in units of one
 * limit. Not thread-safe: guarded by the lock that orders the takes and refunds of the bucket.
 *
 * <p>The difference of two backlogs follows from the reflection of the arrivals at zero [1]. The
 * disjoint-set forest compresses paths [2].
 *
 * <ol>
 *   <li>J. M. Harrison, "Brownian Motion and Stochastic Flow Systems", Wiley 1985, section 2.2
 *   <li>R. E. Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", Journal of the ACM
 *       22(2), 1975
 * </ol>
 */
final class RefundLedger {
  private static final int MAX_LAYERS = 1024;

  /** The refundable share of one open reservation. */
  static final class Layer {
    private long weight;
    private int open = 1;
    private @Nullable Layer below;
    private @Nullable Layer above;
    private @Nullable Layer mergedInto;
  }

  /** The layer of reservations without their own: empty, and below all others. */
  private final Layer bottom = new Layer();

  private Layer top = bottom;
  private int layers;

  /** The sum of all layers; the rest of the backlog was taken without reservations. */
  private long sum;

  private long backlog;
  private long time;

  /** Returns the time of the last call, as given by its caller. */
  long time() {
    return time;
  }

  /** Returns whether no reservation is refundable. */
  boolean isEmpty() {
    return layers == 0;
  }

  /** Returns whether the bucket has drained if that many units have passed since the last call. */
  boolean hasDrained(long elapsed) {
    return backlog - Math.max(0, elapsed) <= 0;
  }

  /**
   * Drains the layers up to now.
   *
   * @param now the time, for {@link #time()}
   * @param elapsed the units since the last call
   * @param observed the backlog now
   */
  void advance(long now, long elapsed, long observed) {
    long least = Math.min(observed, Math.max(0, backlog - Math.max(0, elapsed)));
    if (sum > least) {
      take(top, sum - least);
    }
    note(now, observed);
  }

  /** Adds the layer of a reservation that has just raised the backlog to the given value. */
  Layer push(long after) {
    if (layers == MAX_LAYERS) {
      remove(requireNonNull(bottom.above));
    }
    var layer = new Layer();
    layer.weight = after - sum;
    layer.below = top;
    top.above = layer;
    top = layer;
    layers++;
    sum = after;
    backlog = after;
    return layer;
  }

  /** Returns the part of the given weight that is refundable now. */
  long refundable(Layer layer, long weight) {
    long found = 0;
    for (Layer l = find(layer); l != null && found < weight; l = l.below) {
      found += l.weight;
    }
    return Math.min(found, weight);
  }

  /** Removes the amount returned by {@link #refundable}, and ends the reservation. */
  void refund(Layer layer, long weight) {
    take(find(layer), weight);
    backlog -= weight;
    close(layer);
  }

  /** Ends a reservation. Its layer joins the next one above, whose minimum includes it. */
  void close(Layer layer) {
    Layer own = find(layer);
    if (own != bottom && --own.open == 0) {
      remove(own);
    }
  }

  /** Ends all reservations. */
  void clear() {
    while (top != bottom) {
      Layer below = requireNonNull(top.below);
      top.mergedInto = bottom;
      top = below;
    }
    bottom.above = null;
    layers = 0;
    sum = 0;
    backlog = 0;
  }

  private void note(long now, long observed) {
    time = now;
    backlog = observed;
  }

  private void take(Layer from, long weight) {
    long left = weight;
    Layer layer = from;
    while (left > 0) {
      long part = Math.min(left, layer.weight);
      layer.weight -= part;
      left -= part;
      Layer below = requireNonNull(layer.below);
      if (layer.weight == 0) {
        merge(layer, below);
      }
      layer = below;
    }
    sum -= weight;
  }

  private void merge(Layer layer, Layer below) {
    unlink(layer, below);
    layer.mergedInto = below;
    below.open += layer.open;
  }

  /** Removes a layer, and adds its weight to the one above. */
  private void remove(Layer layer) {
    Layer above = layer.above;
    unlink(layer, requireNonNull(layer.below));
    layer.mergedInto = bottom;
    if (above == null) {
      sum -= layer.weight;
    } else {
      above.weight += layer.weight;
    }
  }

  private void unlink(Layer layer, Layer below) {
    Layer above = layer.above;
    below.above = above;
    if (above == null) {
      top = below;
    } else {
      above.below = below;
    }
    layers--;
  }

  /** Finds the layer into which a reservation's was merged, and compresses the path. */
  private static Layer find(Layer layer) {
    Layer root = layer;
    for (Layer next = root.mergedInto; next != null; next = root.mergedInto) {
      root = next;
    }
    for (Layer at = layer; at != root; ) {
      Layer next = requireNonNull(at.mergedInto);
      at.mergedInto = root;
      at = next;
    }
    return root;
  }
}
