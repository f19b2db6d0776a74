// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** The position of a window in the value that it is part of. */
public enum Section {
  /** The complete value. */
  WHOLE,
  /** The first of several windows. */
  FIRST,
  /** Neither the first window nor the last. */
  MIDDLE,
  /** The last of several windows. */
  LAST;

  /** Returns whether the start of the window is that of the value. */
  public boolean startsValue() {
    return this == WHOLE || this == FIRST;
  }

  /** Returns whether the end of the window is that of the value. */
  public boolean endsValue() {
    return this == WHOLE || this == LAST;
  }
}
