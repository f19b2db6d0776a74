// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses sets of HTTP statuses such as {@code 200-399,!301-303}. */
final class StatusSet {
  private static final int MIN_STATUS = 100;
  private static final int MAX_STATUS = 599;
  private static final Pattern PART = Pattern.compile("(!?)([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?");

  private StatusSet() {}

  static BitSet parse(String field, String text) {
    var set = new BitSet();
    boolean first = true;
    for (String part : text.split(",", -1)) {
      Matcher range = PART.matcher(part.strip());
      if (!range.matches()) {
        throw new IllegalArgumentException(
            field
                + ": \""
                + text
                + "\" (expected: statuses in 100..599, such as 200-399,!301-303)");
      }
      int from = Integer.parseInt(range.group(2));
      int to = range.group(3) == null ? from : Integer.parseInt(range.group(3));
      if (to < from) {
        throw new IllegalArgumentException(
            field + ": \"" + text + "\" (expected: ranges from low to high)");
      }
      boolean without = !range.group(1).isEmpty();
      if (first && without) {
        set.set(MIN_STATUS, MAX_STATUS + 1); // "!503" alone means all but 503
      }
      set.set(from, to + 1, !without);
      first = false;
    }
    return nonEmpty(field, set);
  }

  static BitSet of(String field, int... statuses) {
    var set = new BitSet();
    for (int status : statuses) {
      if (status < MIN_STATUS || status > MAX_STATUS) {
        throw new IllegalArgumentException(field + ": " + status + " (expected: 100..599)");
      }
      set.set(status);
    }
    return nonEmpty(field, set);
  }

  private static BitSet nonEmpty(String field, BitSet set) {
    if (set.isEmpty()) {
      throw new IllegalArgumentException(field + ": none (expected: at least one)");
    }
    return set;
  }
}
