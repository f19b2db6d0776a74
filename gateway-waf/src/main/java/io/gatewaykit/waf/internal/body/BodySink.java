// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/** Receives the values of a body. Each char of a text holds one byte. */
@FunctionalInterface
public interface BodySink {
  /** Receives a value. A long value arrives in overlapping windows. */
  void value(Target target, String name, String text);

  /**
   * Receives a value of a structured body.
   *
   * @param name the name of the member that contains it
   * @param path its path in the body
   */
  default void value(Target target, String name, JsonPath path, String text) {
    value(target, name, text);
  }

  /**
   * Receives a value, or a window of a long one.
   *
   * @param path its path in a structured body, or null if the name is the complete path
   * @param section the position of the window in the value
   */
  default void window(
      Target target, String name, @Nullable JsonPath path, String text, Section section) {
    if (path == null) {
      value(target, name, text);
    } else {
      value(target, name, path, text);
    }
  }
}
