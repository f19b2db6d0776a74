// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/**
 * Searches byte by byte for the delimiter that ends an XML comment, instruction or CDATA section.
 */
final class EndMark {
  private String mark = "";
  private int matched; // number of matched bytes

  /** Starts the search for a delimiter. */
  void start(String wanted) {
    mark = wanted;
    matched = 0;
  }

  /** Returns whether this byte completes the delimiter. */
  boolean isCompletedBy(int c) {
    if (mark.charAt(matched) == c) {
      matched++;
      // the same character may be repeated before "--" and "]]"
    } else if (matched < 2 || c != mark.charAt(1)) {
      matched = mark.charAt(0) == c ? 1 : 0;
    }
    if (matched < mark.length()) {
      return false;
    }
    matched = 0;
    return true;
  }

  int length() {
    return mark.length();
  }
}
