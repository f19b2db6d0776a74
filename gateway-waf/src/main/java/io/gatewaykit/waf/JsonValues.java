package io.gatewaykit.waf;

import java.util.function.BiConsumer;

/** Reads the names and strings out of a JSON text without recursion. Lenient in what it accepts. */
final class JsonValues {
  private final String s;
  private final int maxDepth;
  private int at;

  private JsonValues(String s, int maxDepth) {
    this.s = s;
    this.maxDepth = maxDepth;
  }

  /**
   * Tells each string with the name of its member. A name itself is told with an empty name.
   *
   * @return false if the text is not JSON or too deep
   */
  static boolean read(String text, int maxDepth, BiConsumer<String, String> consumer) {
    return new JsonValues(text, maxDepth).run(consumer);
  }

  private boolean run(BiConsumer<String, String> consumer) {
    int depth = 0;
    String name = "";
    boolean any = false;
    while (at < s.length()) {
      char c = s.charAt(at);
      if (c == '"') {
        String text = string();
        if (text == null) {
          return false;
        }
        int k = at;
        while (k < s.length() && s.charAt(k) <= ' ') {
          k++;
        }
        if (k < s.length() && s.charAt(k) == ':') {
          name = text;
          consumer.accept("", text);
        } else {
          consumer.accept(name, text);
        }
        any = true;
        continue;
      }
      if (c == '{' || c == '[') {
        any = true;
        if (++depth > maxDepth) {
          return false;
        }
      } else if (c == '}' || c == ']') {
        if (--depth < 0) {
          return false;
        }
      } else if (c > ' ' && "0123456789+-.eE,:truefalsn".indexOf(c) < 0) {
        return false;
      } else if (c > ' ') {
        any = true;
      }
      at++;
    }
    return depth == 0 && any;
  }

  private @org.jspecify.annotations.Nullable String string() {
    StringBuilder out = new StringBuilder();
    for (at++; at < s.length(); at++) {
      char c = s.charAt(at);
      if (c == '"') {
        at++;
        return out.toString();
      }
      if (c != '\\') {
        out.append(c);
        continue;
      }
      if (++at >= s.length()) {
        return null;
      }
      char e = s.charAt(at);
      int plain = "bfnrt".indexOf(e);
      if (plain >= 0) {
        out.append("\b\f\n\r\t".charAt(plain));
      } else if (e == 'u') {
        int point = Decoding.hex(s, at + 1, 4);
        if (point < 0) {
          return null;
        }
        at += 4;
        int low = s.startsWith("\\u", at + 1) ? Decoding.hex(s, at + 3, 4) : -1;
        if (point >> 10 == 0xD800 >> 10 && low >> 10 == 0xDC00 >> 10) {
          point = Character.toCodePoint((char) point, (char) low);
          at += 6;
        }
        Decoding.utf8(out, point);
      } else {
        out.append(e);
      }
    }
    return null;
  }
}
