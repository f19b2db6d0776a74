package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes UTF-8 of texts in UTF-16 and UTF-32, whose letters no pattern would find. */
final class Charsets {
  private static final Charset UTF_32BE = Charset.forName("UTF-32BE");
  private static final Charset UTF_32LE = Charset.forName("UTF-32LE");

  /** A byte order mark or the first sign of a text, and the charset it tells of. */
  private record Sign(String start, Charset charset, int mark) {}

  /** Longer ones first. Where {@code \1} is, there is the sign that JSON or XML begins with. */
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

  /**
   * Returns JSON or XML as UTF-8, by its first bytes, or else by the charset it is said to have.
   */
  static String utf8Detected(String text, @Nullable String declared) {
    for (Sign sign : SIGNS) {
      if (begins(text, sign.start())) {
        return decoded(text.substring(sign.mark()), sign.charset());
      }
    }
    return utf8(text, declared);
  }

  /** Returns a text as UTF-8, by the charset it is said to have. */
  static String utf8(String text, @Nullable String declared) {
    String name = declared == null ? "" : Decoding.lowercase(declared);
    return switch (name) {
      case "utf-16", "utf-16be", "utf16" -> decoded(text, StandardCharsets.UTF_16BE);
      case "utf-16le" -> decoded(text, StandardCharsets.UTF_16LE);
      case "utf-32", "utf-32be", "utf32" -> decoded(text, UTF_32BE);
      case "utf-32le" -> decoded(text, UTF_32LE);
      default -> text;
    };
  }

  /** Whether more than a byte order mark of UTF-8 was taken from a text. */
  static boolean isOther(String utf8, String text) {
    return !utf8.equals(text) && !(text.length() == utf8.length() + 3 && text.endsWith(utf8));
  }

  private static boolean begins(String text, String sign) {
    if (text.length() < sign.length()) {
      return false;
    }
    for (int i = 0; i < sign.length(); i++) {
      char c = text.charAt(i);
      if (sign.charAt(i) == 1 ? "{[<\"".indexOf(c) < 0 : c != sign.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static String decoded(String text, Charset charset) {
    if (charset.equals(UTF_8)) {
      return text;
    }
    byte[] bytes = text.getBytes(ISO_8859_1);
    return new String(new String(bytes, charset).getBytes(UTF_8), ISO_8859_1);
  }
}
