// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import java.util.Arrays;

/**
 * Consistent hashing by highest random weight [1], with a single table lookup.
 *
 * <p>A key maps to one of 16,384 slots, and each slot to the endpoint with the highest score for
 * it. Scores depend only on the slot and the id of the endpoint. Removing an endpoint therefore
 * moves its own slots and no others, adding it again restores exactly these, and the order of the
 * endpoints does not matter. The winning scores are stored: when one endpoint is added or removed,
 * the table is repaired with one score per slot instead of being rebuilt.
 *
 * <p>Weighted scores are -w / ln(u) for a hash u in (0, 1), so that the share of an endpoint is
 * proportional to its weight [2]. Building is O(slots · n); a repair is O(slots) for an addition
 * and O(slots + own slots · n) for a removal. Immutable.
 *
 * <ol>
 *   <li>D. Thaler and C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", IEEE/ACM
 *       Transactions on Networking 6(1), 1998
 *   <li>C. Schindelhauer and G. Schomaker, "Weighted Distributed Hash Tables", SPAA 2005
 * </ol>
 */
public final class RendezvousTable {
  /** With 100 endpoints, the most loaded one is within a tenth of the mean. */
  public static final int SLOTS = 1 << 14;

  private static final short NOBODY = -1;

  private final long[] ids;
  private final int[] weights;
  private final short[] owner;
  private final float[] score;

  private RendezvousTable(long[] ids, int[] weights, short[] owner, float[] score) {
    this.ids = ids;
    this.weights = weights;
    this.owner = owner;
    this.score = score;
  }

  /**
   * Builds the table of indices 0 to n-1.
   *
   * @param ids a hash of each endpoint's stable identity
   * @param weights the weights; an endpoint of weight 0 owns no slot
   */
  public static RendezvousTable of(long[] ids, int[] weights) {
    if (ids.length > Short.MAX_VALUE) {
      throw new IllegalArgumentException("ids: " + ids.length + " (expected: at most 32767)");
    }
    var owner = new short[SLOTS];
    var score = new float[SLOTS];
    Arrays.fill(owner, NOBODY);
    var table = new RendezvousTable(ids.clone(), weights.clone(), owner, score);
    for (int i = 0; i < ids.length; i++) {
      table.claimSlots(i);
    }
    return table;
  }

  /** Returns a table with another weight for this endpoint; 0 removes it. */
  public RendezvousTable with(int index, int weight) {
    int[] nextWeights = weights.clone();
    nextWeights[index] = weight;
    var next = new RendezvousTable(ids, nextWeights, owner.clone(), score.clone());
    if (weight < weights[index]) {
      next.reassignSlots(index);
    }
    next.claimSlots(index);
    return next;
  }

  /** Returns the owner of the key's slot, or -1 if no endpoint owns a slot. */
  public int pick(long key) {
    return owner[slot(key)];
  }

  /**
   * Returns the owner of the key if the excluded endpoints were removed, or -1 if none is left.
   * O(n).
   */
  public int pickWithout(long key, Excluded excluded) {
    int slot = slot(key);
    int best = -1;
    float bestScore = -1;
    for (int i = 0; i < ids.length; i++) {
      if (weights[i] > 0 && !excluded.test(i)) {
        float own = score(slot, i, bestScore);
        if (own > bestScore || own == bestScore && ids[i] < ids[best]) {
          best = i;
          bestScore = own;
        }
      }
    }
    return best;
  }

  /** Selects the endpoints to be treated as removed. */
  @FunctionalInterface
  public interface Excluded {
    /** Returns whether an endpoint is excluded. */
    boolean test(int index);
  }

  private static int slot(long key) {
    return (int) (Stripes.mix(key) >>> 50);
  }

  /** Assigns the slots in which the endpoint has the highest score. */
  private void claimSlots(int index) {
    if (weights[index] == 0) {
      return;
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      float own = score(slot, index, score[slot]);
      if (own > score[slot] || own == score[slot] && wins(index, owner[slot])) {
        owner[slot] = (short) index;
        score[slot] = own;
      }
    }
  }

  /** Ties are broken by identity, so that the order of the endpoints does not matter. */
  private boolean wins(int index, int other) {
    return other < 0 || ids[index] < ids[other];
  }

  /** Reassigns each slot of the endpoint to the one with the next highest score. */
  private void reassignSlots(int index) {
    for (int slot = 0; slot < SLOTS; slot++) {
      if (owner[slot] == index) {
        owner[slot] = NOBODY;
        score[slot] = 0;
        for (int i = 0; i < ids.length; i++) {
          if (i != index && weights[i] > 0) {
            float own = score(slot, i, score[slot]);
            if (own > score[slot] || own == score[slot] && wins(i, owner[slot])) {
              owner[slot] = (short) i;
              score[slot] = own;
            }
          }
        }
      }
    }
  }

  /** Returns the score, or less than {@code toBeat} if it is less. */
  private float score(int slot, int index, float toBeat) {
    long hash = Stripes.mix(ids[index] ^ slot * 0x9e3779b97f4a7c15L);
    double u = ((hash >>> 11) + 0.5) * 0x1p-53;
    double bound = weights[index] / (1 - u); // since -ln(u) >= 1-u; avoids nearly all logarithms
    // with a margin, so that rounding to float creates no new ties
    if (bound < toBeat * (1 - 1e-6)) {
      return (float) bound * 0.999f;
    }
    return (float) (weights[index] / -StrictMath.log(u));
  }
}
