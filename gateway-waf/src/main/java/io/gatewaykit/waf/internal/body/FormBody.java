package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;

/** Takes lists of {@code name=value} apart: forms, queries and cookies. Any text is one. */
public final class FormBody {
  private FormBody() {}

  static void read(String text, BodySink sink) {
    read(text, '&', Target.ARG, Target.ARG_NAME, true, sink);
  }

  /**
   * Reads a list.
   *
   * @param separator what is between two of them
   * @param target what the values are
   * @param names what the names are
   * @param plus whether a plus sign is a space
   */
  public static void read(
      String text, char separator, Target target, Target names, boolean plus, BodySink sink) {
    int start = 0;
    while (start <= text.length() && !sink.isFull()) {
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
    if (start <= text.length()) {
      sink.value(target, "rest", Decoding.percent(text.substring(start), plus));
    }
  }
}
