// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

/**
 * Draws a random index in proportion to weights, in constant time.
 *
 * <p>The alias method [1]: each of n columns contains its own index below a threshold and another
 * index, the alias, above it. A column is one long (threshold and alias in 32 bits each), so a draw
 * costs one random number and one cache line. Building is O(n). Immutable and thread-safe.
 *
 * <ol>
 *   <li>M. Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", IEEE
 *       Transactions on Software Engineering 17(9), 1991
 * </ol>
 */
public final class AliasTable {
  private final long[] columns;

  /**
   * Builds the table of indices 0 to n-1.
   *
   * @param weights at least one, none negative, not all zero
   */
  public AliasTable(int[] weights) {
    int n = weights.length;
    long total = 0;
    for (int weight : weights) {
      total += weight;
    }
    if (n == 0 || total <= 0) {
      throw new IllegalArgumentException("weights: sum " + total + " (expected: > 0)");
    }
    var scaled = new double[n];
    var small = new int[n];
    var large = new int[n];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < n; i++) {
      scaled[i] = (double) weights[i] * n / total;
      if (scaled[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    columns = new long[n];
    while (smalls > 0 && larges > 0) {
      int less = small[--smalls];
      int more = large[larges - 1];
      columns[less] = column(scaled[less], more);
      scaled[more] -= 1 - scaled[less];
      if (scaled[more] < 1) {
        larges--;
        small[smalls++] = more;
      }
    }
    while (larges > 0) {
      int full = large[--larges];
      columns[full] = column(1, full);
    }
    while (smalls > 0) { // only by rounding: a column below its share has always found a donor
      int full = small[--smalls];
      columns[full] = column(1, full);
    }
  }

  private static long column(double keep, int alias) {
    long threshold = Math.min(0xffff_ffffL, (long) (keep * 0x1p32));
    return threshold << 32 | alias;
  }

  /** Returns the index for a random number, all of whose 64 bits must be random. */
  public int pick(long random) {
    int index = (int) Math.multiplyHigh(random >>> 1, (long) columns.length << 1);
    long column = columns[index];
    // The high bits select the column, the low bits decide between its two indices.
    return (random & 0xffff_ffffL) < column >>> 32 ? index : (int) column;
  }
}
