// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/**
 * Records violations of the format in one body. Only the first is reported, as a {@link
 * Target#MALFORMED} value, since further ones add no information.
 */
final class Defects {
  private final String format;
  private final @Nullable BodySink sink;
  private boolean any;

  Defects(String format, BodySink sink) {
    this.format = format;
    this.sink = sink;
  }

  private Defects() {
    format = "";
    sink = null;
  }

  /** Returns a recorder that does not report, for bodies without a declared format. */
  static Defects unreported() {
    return new Defects();
  }

  /** Records a violation at an index. */
  void record(String description, long at) {
    if (!any && sink != null) {
      sink.value(Target.MALFORMED, format, description + ", byte " + at);
    }
    any = true;
  }

  boolean any() {
    return any;
  }
}
