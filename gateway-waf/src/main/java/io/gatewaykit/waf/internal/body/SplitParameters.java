// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Joins duplicate parameters as ASP.NET does: one text with the values in order, separated by
 * commas. If an attacker splits an SQL statement over them, each comma is inside a comment that the
 * value before it leaves open. Only such values are joined, so ordinary duplicates cost a search
 * for the start of a comment. Retains at most {@value #MAX_NAMES} texts of {@value #MAX_CHARS}
 * characters.
 */
public final class SplitParameters {
  private static final int MAX_NAMES = 16;
  private static final int MAX_CHARS = 4 << 10;

  private @Nullable Map<String, String> open;

  /** Adds a value. Returns the text joined with the values before it, or null if none is open. */
  public @Nullable String add(String name, String value) {
    if (open == null && !isOpen(value)) {
      return null;
    }
    Map<String, String> texts = open == null ? new HashMap<>() : open;
    open = texts;
    String key = Decoding.lowercase(name); // ASP.NET ignores the case
    String before = texts.remove(key);
    String joined = before == null ? value : before + "," + value;
    if (isOpen(joined) && joined.length() <= MAX_CHARS && texts.size() < MAX_NAMES) {
      texts.put(key, joined);
    }
    return before == null ? null : joined;
  }

  private static boolean isOpen(String text) {
    int start = text.lastIndexOf("/*");
    return start >= 0 && start > text.lastIndexOf("*/");
  }
}
