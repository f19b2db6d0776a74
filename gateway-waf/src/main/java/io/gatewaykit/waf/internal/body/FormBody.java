// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;

/** Parses lists of {@code name=value} pairs: queries and cookies. Any text is a valid list. */
public final class FormBody {
  private FormBody() {}

  /**
   * Parses a list.
   *
   * @param separator the separator of two pairs
   * @param target the target of the values
   * @param names the target of the names
   * @param plus whether a plus sign denotes a space
   */
  public static void read(
      String text, char separator, Target target, Target names, boolean plus, BodySink sink) {
    int start = 0;
    while (start <= text.length()) {
      int end = text.indexOf(separator, start);
      end = end < 0 ? text.length() : end;
      int equals = text.indexOf('=', start);
      boolean named = equals >= 0 && equals < end;
      String name = named ? Decoding.percent(text.substring(start, equals).strip(), plus) : "";
      String value = Decoding.percent(text.substring(named ? equals + 1 : start, end), plus);
      if (!name.isEmpty()) {
        sink.value(names, name, name);
      }
      if (!value.isEmpty()) {
        sink.value(target, name, value);
      }
      start = end + 1;
    }
  }
}
