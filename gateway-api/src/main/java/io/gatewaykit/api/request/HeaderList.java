// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import io.gatewaykit.api.internal.Arguments;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Headers stored as alternating names and values. */
final class HeaderList implements Headers {
  static final HeaderList EMPTY = new HeaderList(new String[0]);

  private final String[] fields;

  private HeaderList(String[] fields) {
    this.fields = fields;
  }

  static HeaderList of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw Arguments.outside("namesAndValues.length", namesAndValues.length, "an even number");
    }
    for (int i = 0; i < namesAndValues.length; i++) {
      if (namesAndValues[i] == null) {
        throw new NullPointerException("namesAndValues[" + i + "]");
      }
    }
    return new HeaderList(namesAndValues.clone());
  }

  @Override
  public @Nullable String first(String name) {
    for (int i = 0; i < fields.length; i += 2) {
      if (fields[i].equalsIgnoreCase(name)) {
        return fields[i + 1];
      }
    }
    return null;
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super String> consumer) {
    for (int i = 0; i < fields.length; i += 2) {
      consumer.accept(fields[i], fields[i + 1]);
    }
  }

  @Override
  public String toString() {
    var text = new StringBuilder("Headers[");
    for (int i = 0; i < fields.length; i += 2) {
      text.append(i == 0 ? "" : ", ").append(fields[i]); // values may be secrets: names only
    }
    return text.append(']').toString();
  }
}
