package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as RFC 8259 has it, without recursion. A string, number or literal is a value of its
 * member's name; what is in an array has the array's. A name that comes twice gives two values.
 *
 * <p>What some parsers accept all the same (control characters in strings, unknown escapes) is a
 * fault, and read on; what leaves open what is meant ends the reading.
 */
final class JsonBody {
  /** What may come next. */
  private enum Next {
    VALUE,
    VALUE_OR_END,
    NAME,
    NAME_OR_END,
    COLON,
    COMMA_OR_END,
    NOTHING
  }

  private final String s;
  private final boolean complete;
  private final boolean many;
  private final BodySink sink;
  private final Faults faults;
  private final String[] names; // by depth: the name that values there have
  private final boolean[] objects; // by depth: whether it is an object's
  private int depth;
  private int at;

  /**
   * Creates a reader of one text.
   *
   * @param many whether several values may follow each other
   */
  JsonBody(
      String text, boolean complete, boolean many, int maxDepth, BodySink sink, Faults faults) {
    this.s = text;
    this.complete = complete;
    this.many = many;
    this.sink = sink;
    this.faults = faults;
    names = new String[maxDepth + 1];
    objects = new boolean[maxDepth + 1];
    names[0] = "";
  }

  void read() {
    Next next = Next.VALUE;
    while (true) {
      skipSpace();
      if (at == s.length()) {
        boolean open = depth > 0 || (next != Next.NOTHING && next != Next.VALUE);
        if (open && complete) {
          faults.note("ends too early", at);
        }
        return;
      }
      if (sink.isFull()) {
        sink.value(Target.ARG, "rest", s.substring(at));
        return;
      }
      Next then = step(next, s.charAt(at));
      if (then == null) {
        return;
      }
      next = then == Next.NOTHING && many ? Next.VALUE : then;
    }
  }

  private void skipSpace() {
    while (at < s.length()) {
      char c = s.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && !(many && c == 0x1E)) {
        return;
      }
      at++;
    }
  }

  /** Reads one token. Returns what may come then, or null if nothing can be made of it. */
  private @Nullable Next step(Next next, char c) {
    switch (next) {
      case VALUE_OR_END -> {
        return c == ']' ? up() : value(c);
      }
      case VALUE -> {
        return value(c);
      }
      case NAME_OR_END, NAME -> {
        if (c == '}' && next == Next.NAME_OR_END) {
          return up();
        }
        String name = c == '"' ? string() : null;
        if (name == null) {
          return stop("no name");
        }
        names[depth] = name;
        sink.value(Target.ARG_NAME, name, name);
        return Next.COLON;
      }
      case COLON -> {
        if (c != ':') {
          return stop("no colon");
        }
        at++;
        return Next.VALUE;
      }
      case COMMA_OR_END -> {
        if (c == ',') {
          at++;
          return objects[depth] ? Next.NAME : Next.VALUE;
        }
        return c == (objects[depth] ? '}' : ']') ? up() : stop("no comma");
      }
      default -> {
        return stop("something behind the end");
      }
    }
  }

  private @Nullable Next value(char c) {
    if (c == '{' || c == '[') {
      if (depth + 1 == names.length) {
        return stop("nested too deeply");
      }
      depth++;
      at++;
      names[depth] = names[depth - 1];
      objects[depth] = c == '{';
      return c == '{' ? Next.NAME_OR_END : Next.VALUE_OR_END;
    }
    String text = c == '"' ? string() : literal();
    if (text == null) {
      return stop("no value");
    }
    if (!text.isEmpty()) {
      sink.value(Target.ARG, names[depth], text);
    }
    return after();
  }

  private Next up() {
    at++;
    depth--;
    return after();
  }

  private Next after() {
    return depth == 0 ? Next.NOTHING : Next.COMMA_OR_END;
  }

  private @Nullable Next stop(String fault) {
    if (complete || at < s.length()) {
      faults.note(fault, at);
    }
    return null;
  }

  /** Reads a number, true, false or null; returns null if there is none. */
  private @Nullable String literal() {
    int start = at;
    while (at < s.length()
        && "+-.0123456789abcdefghijklmnopqrstuvwxyzE".indexOf(s.charAt(at)) >= 0) {
      at++;
    }
    String text = s.substring(start, at);
    boolean cut = at == s.length() && !complete;
    if (cut || text.equals("true") || text.equals("false") || text.equals("null")) {
      return text;
    }
    if (isNumber(text)) {
      return text;
    }
    at = start;
    return null;
  }

  private static boolean isNumber(String text) {
    int i = text.startsWith("-") ? 1 : 0;
    int whole = digits(text, i);
    if (whole == i || (text.charAt(i) == '0' && whole > i + 1)) {
      return false;
    }
    i = whole;
    if (i < text.length() && text.charAt(i) == '.') {
      int end = digits(text, i + 1);
      if (end == i + 1) {
        return false;
      }
      i = end;
    }
    if (i < text.length() && (text.charAt(i) | 0x20) == 'e') {
      i++;
      i += i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-') ? 1 : 0;
      int end = digits(text, i);
      if (end == i) {
        return false;
      }
      i = end;
    }
    return i == text.length();
  }

  private static int digits(String text, int from) {
    int i = from;
    while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i;
  }

  /** Reads a string; what there is of one that does not end, too. */
  private String string() {
    int start = ++at;
    int end = s.indexOf('"', start);
    int stop = end < 0 ? s.length() : end;
    boolean plain = true;
    for (int i = start; i < stop && plain; i++) {
      plain = s.charAt(i) >= ' ' && s.charAt(i) != '\\';
    }
    if (plain && end >= 0) {
      at = end + 1;
      return s.substring(start, end);
    }
    StringBuilder out = new StringBuilder();
    while (at < s.length()) {
      char c = s.charAt(at++);
      if (c == '"') {
        return out.toString();
      }
      if (c == '\\' && at < s.length()) {
        escape(out);
      } else {
        if (c < ' ') {
          faults.note("a control character in a string", at - 1);
        }
        out.append(c);
      }
    }
    if (complete) {
      faults.note("a string does not end", start - 1);
    }
    return out.toString();
  }

  private void escape(StringBuilder out) {
    char e = s.charAt(at++);
    int named = "bfnrt".indexOf(e);
    if (named >= 0) {
      out.append("\b\f\n\r\t".charAt(named));
      return;
    }
    if (e == 'u' && Decoding.hex(s, at, 4) >= 0) {
      int point = Decoding.hex(s, at, 4);
      at += 4;
      int low = s.startsWith("\\u", at) ? Decoding.hex(s, at + 2, 4) : -1;
      if (point >> 10 == 0xD800 >> 10 && low >> 10 == 0xDC00 >> 10) {
        point = Character.toCodePoint((char) point, (char) low);
        at += 6;
      }
      Decoding.utf8(out, point);
      return;
    }
    boolean cut = e == 'u' && !complete && at + 4 > s.length();
    if (e != '"' && e != '\\' && e != '/' && !cut) {
      faults.note("an unknown escape", at - 2);
    }
    out.append(e);
  }
}
