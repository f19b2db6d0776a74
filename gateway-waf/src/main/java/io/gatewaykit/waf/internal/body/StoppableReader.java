// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** A reader of a format that stops at input which is not in that format. */
interface StoppableReader extends BodyReader {
  /** Returns whether a violation made the remainder ambiguous. Further bytes are ignored. */
  boolean isStopped();
}
