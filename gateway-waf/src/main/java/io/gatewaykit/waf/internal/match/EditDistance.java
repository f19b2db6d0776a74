// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.match;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Finds the most similar name, for suggestions in messages. */
public final class EditDistance {
  private EditDistance() {}

  /**
   * Returns the name with the smallest edit distance to another one, or an empty text if there are
   * none.
   */
  public static String nearest(String name, List<String> names) {
    return names.stream().min(Comparator.comparingInt(other -> distance(other, name))).orElse("");
  }

  /** Returns the number of chars to insert, delete or replace to turn one text into the other. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(diagonal, row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
