// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

/** A reader that discards a body. */
enum Nothing implements BodyReader {
  /** The only instance. */
  INSTANCE;

  @Override
  public void feed(byte[] bytes, int from, int to) {}

  @Override
  public void finish(boolean complete) {}
}
