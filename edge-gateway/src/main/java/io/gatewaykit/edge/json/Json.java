// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.json;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes records, maps, collections and scalars as JSON. HTML metacharacters are also escaped, so
 * the result can be embedded in a script element.
 */
public final class Json {
  private final StringBuilder out = new StringBuilder(4096);

  private Json() {}

  /**
   * Returns a value as JSON. A record has its components as members, and must be public.
   *
   * @param value a record, map, collection, number, boolean, enum constant, text or null
   */
  public static String of(@Nullable Object value) {
    var json = new Json();
    json.write(value);
    return json.out.toString();
  }

  private void write(@Nullable Object value) {
    if (value == null || value instanceof Double d && !Double.isFinite(d)) {
      out.append("null");
    } else if (value instanceof Double number) {
      out.append(String.format(Locale.ROOT, "%.3f", number));
    } else if (value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof Enum<?> constant) {
      string(constant.name().toLowerCase(Locale.ROOT));
    } else if (value instanceof Collection<?> items) {
      array(items);
    } else if (value instanceof Map<?, ?> map) {
      object(map);
    } else if (value instanceof Record fields) {
      object(fields);
    } else {
      string(value.toString());
    }
  }

  private void array(Collection<?> items) {
    out.append('[');
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      write(item);
      separator = ",";
    }
    out.append(']');
  }

  private void object(Map<?, ?> map) {
    out.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      string(String.valueOf(entry.getKey()));
      out.append(':');
      write(entry.getValue());
      separator = ",";
    }
    out.append('}');
  }

  private void object(Record fields) {
    out.append('{');
    String separator = "";
    for (RecordComponent field : fields.getClass().getRecordComponents()) {
      out.append(separator);
      string(field.getName());
      out.append(':');
      try {
        write(field.getAccessor().invoke(fields));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(field + " of a public record", e);
      }
      separator = ",";
    }
    out.append('}');
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x7f || c > 0x2000) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
