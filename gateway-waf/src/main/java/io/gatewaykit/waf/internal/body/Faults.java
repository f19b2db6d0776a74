package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a body. Told as one value, by the first fault: a thousand faults are no worse
 * than one.
 */
final class Faults {
  private final String format;
  private final @Nullable BodySink sink;
  private boolean any;

  Faults(String format, BodySink sink) {
    this.format = format;
    this.sink = sink;
  }

  private Faults() {
    format = "";
    sink = null;
  }

  /** Returns faults that are noted, and told to nobody. */
  static Faults untold() {
    return new Faults();
  }

  /** Notes a fault at an index. */
  void note(String what, int at) {
    if (!any && sink != null) {
      sink.value(Target.MALFORMED, format, what + ", byte " + at);
    }
    any = true;
  }

  boolean any() {
    return any;
  }
}
