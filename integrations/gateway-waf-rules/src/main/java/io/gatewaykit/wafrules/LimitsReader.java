// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafLimits;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.function.ObjLongConsumer;

/** Reads the limits on the cost of inspections. */
final class LimitsReader {
  private final Fields fields;
  private final WafLimits.Builder limits = WafLimits.builder();

  private LimitsReader(Fields fields) {
    this.fields = fields;
  }

  /** Returns the setting of the limits. */
  static Consumer<Waf.Builder> read(Fields fields) {
    WafLimits limits = new LimitsReader(fields).limits();
    return waf -> waf.limits(limits);
  }

  private WafLimits limits() {
    integer("held-bytes", WafLimits.Builder::heldBytes);
    number("form-bytes", WafLimits.Builder::formBytes);
    number("document-bytes", WafLimits.Builder::documentBytes);
    integer("message-bytes", WafLimits.Builder::messageBytes);
    integer("depth", WafLimits.Builder::depth);
    integer("inflation-ratio", WafLimits.Builder::inflationRatio);
    number("work-chars", WafLimits.Builder::workChars);
    integer("work-per-byte", WafLimits.Builder::workPerByte);
    fields.set("when-exhausted", word -> limits.whenExhausted(WafGuardSettings.failureMode(word)));
    integer("remembered-values", WafLimits.Builder::rememberedValues);
    return limits.build();
  }

  private void integer(String field, ObjIntConsumer<WafLimits.Builder> setting) {
    fields.setInt(field, n -> apply(builder -> setting.accept(builder, n)));
  }

  private void number(String field, ObjLongConsumer<WafLimits.Builder> setting) {
    fields.setNumber(field, n -> apply(builder -> setting.accept(builder, n)));
  }

  /** Applies a setting, after a trial on separate limits, so that a rejection has its position. */
  private void apply(Consumer<WafLimits.Builder> setting) {
    WafLimits.Builder alone = WafLimits.builder();
    setting.accept(alone);
    WafLimits ignored = alone.build();
    setting.accept(limits);
  }
}
