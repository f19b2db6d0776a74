// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.json;

import io.gatewaykit.api.internal.JsonWriter;
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
  private final JsonWriter out = new JsonWriter(4096);

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
    if (value == null) {
      out.nullValue();
    } else if (value instanceof Double number) {
      out.value(number.doubleValue());
    } else if (value instanceof Number number) {
      out.value(number);
    } else if (value instanceof Boolean flag) {
      out.value(flag.booleanValue());
    } else if (value instanceof Enum<?> constant) {
      out.value(constant.name().toLowerCase(Locale.ROOT));
    } else if (value instanceof Collection<?> items) {
      array(items);
    } else if (value instanceof Map<?, ?> map) {
      object(map);
    } else if (value instanceof Record fields) {
      object(fields);
    } else {
      out.value(value.toString());
    }
  }

  private void array(Collection<?> items) {
    out.beginArray();
    items.forEach(this::write);
    out.endArray();
  }

  private void object(Map<?, ?> map) {
    out.beginObject();
    map.forEach((name, value) -> {
      out.name(String.valueOf(name));
      write(value);
    });
    out.endObject();
  }

  private void object(Record fields) {
    out.beginObject();
    for (RecordComponent field : fields.getClass().getRecordComponents()) {
      out.name(field.getName());
      try {
        write(field.getAccessor().invoke(fields));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(field + " of a public record", e);
      }
    }
    out.endObject();
  }
}
