// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Detects texts in UTF-16 and UTF-32, which have to be transcoded before patterns can match them.
 */
final class Charsets {
  private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
  private static final Charset UTF_32LE = Charset.forName("UTF-32LE");

  /**
   * A byte order mark or the first character of a text, with its charset.
   *
   * @param mark the length of the byte order mark
   */
  record Sign(String start, Charset charset, int mark) {}

  /** Longest first. {@code \1} represents any character that JSON or XML can start with. */
  private static final List<Sign> SIGNS =
      List.of(
          new Sign("\0\0\u00fe\u00ff", UTF_32BE, 4),
          new Sign("\u00ff\u00fe\0\0", UTF_32LE, 4),
          new Sign("\0\0\0\1", UTF_32BE, 0),
          new Sign("\1\0\0\0", UTF_32LE, 0),
          new Sign("\u00fe\u00ff", StandardCharsets.UTF_16BE, 2),
          new Sign("\u00ff\u00fe", StandardCharsets.UTF_16LE, 2),
          new Sign("\u00ef\u00bb\u00bf", UTF_8, 3),
          new Sign("\0\1", StandardCharsets.UTF_16BE, 0),
          new Sign("\1\0", StandardCharsets.UTF_16LE, 0));

  private Charsets() {}

  /** Returns the signature at the start of a text, or null if it has none. */
  static @Nullable Sign sign(byte[] head, int from, int to) {
    for (Sign sign : SIGNS) {
      if (starts(head, from, to, sign.start())) {
        return sign;
      }
    }
    return null;
  }

  /** Returns UTF-16 or UTF-32 if the first bytes of a text indicate it, otherwise null. */
  static @Nullable Charset marked(byte[] head, int from, int to) {
    Sign sign = sign(head, from, to);
    return sign == null || sign.charset().equals(UTF_8) ? null : sign.charset();
  }

  /** Returns the charset of this name if it is UTF-16 or UTF-32, otherwise null. */
  static @Nullable Charset declared(@Nullable String name) {
    return switch (name == null ? "" : Decoding.lowercase(name)) {
      case "utf-16", "utf-16be", "utf16" -> StandardCharsets.UTF_16BE;
      case "utf-16le" -> StandardCharsets.UTF_16LE;
      case "utf-32", "utf-32be", "utf32" -> UTF_32BE;
      case "utf-32le" -> UTF_32LE;
      default -> null;
    };
  }

  private static boolean starts(byte[] head, int from, int to, String sign) {
    if (to - from < sign.length()) {
      return false;
    }
    for (int i = 0; i < sign.length(); i++) {
      char c = (char) (head[from + i] & 0xFF);
      if (sign.charAt(i) == 1 ? "{[<\"".indexOf(c) < 0 : c != sign.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
