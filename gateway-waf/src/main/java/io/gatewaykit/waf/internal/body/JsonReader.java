// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;

/**
 * Reads JSON as defined by RFC 8259, without recursion. A string, number or literal is a value with
 * the name of its member, and an array element has the name of the array. A duplicate name yields
 * two values.
 *
 * <p>Control characters in strings and unknown escapes, which some parsers accept, are violations,
 * and reading continues. A violation that makes the remainder ambiguous stops the reader.
 */
final class JsonReader implements StoppableReader {
  private static final int MAX_LITERAL = 4_096;
  private static final int MAX_NAME = 1_024; // maximum length of a member name that is retained

  /** The tokens that may follow. */
  private enum Next {
    VALUE,
    VALUE_OR_END,
    NAME,
    NAME_OR_END,
    COLON,
    COMMA_OR_END,
    NOTHING
  }

  /** The current token. */
  private enum Token {
    NONE,
    STRING,
    ESCAPE,
    UNICODE,
    LITERAL
  }

  private final boolean many;
  private final BodySink sink;
  private final Defects defects;
  private final JsonStack stack;
  private final ValueBuffer buffer = new ValueBuffer(this::value);
  private final StringBuilder point = new StringBuilder(4); // bytes of one character
  private Next next = Next.VALUE;
  private Token token = Token.NONE;
  private boolean isName; // whether the string is the name of a member
  private int unicode; // the digits of an escape read so far
  private int digits;
  private int high; // a high surrogate that waits for a low one, or 0
  private long start; // of the token
  private long at;
  private boolean stopped;

  /**
   * Creates a reader.
   *
   * @param many whether the text may be a sequence of values
   */
  JsonReader(boolean many, int maxDepth, BodySink sink, Defects defects) {
    this.many = many;
    this.sink = sink;
    this.defects = defects;
    stack = new JsonStack(maxDepth);
  }

  @Override
  public boolean isStopped() {
    return stopped;
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && !stopped) {
      int used =
          switch (token) {
            case NONE -> between(bytes, i, to);
            case STRING -> string(bytes, i, to);
            case ESCAPE -> escape(bytes[i] & 0xFF);
            case UNICODE -> unicode(bytes[i] & 0xFF);
            case LITERAL -> literal(bytes, i, to);
          };
      i += used;
      at += used;
    }
  }

  @Override
  public void finish(boolean complete) {
    if (stopped) {
      return;
    }
    if (token == Token.LITERAL) {
      endLiteral(!complete);
    } else if (token != Token.NONE) {
      if (complete) {
        defects.record("an unterminated string", start);
      }
      endString();
    }
    boolean open = stack.depth() > 0 || (next != Next.NOTHING && next != Next.VALUE);
    if (open && complete && !stopped) {
      defects.record("truncated", at);
    }
  }

  /** Reads white space and the start of a token. Returns the number of bytes read. */
  private int between(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && isSpace(bytes[i])) {
      if (bytes[i] == '\n' && next == Next.NOTHING) {
        next = Next.VALUE; // JSON lines, regardless of the declared type
      }
      i++;
    }
    if (i == to) {
      return i - from;
    }
    at += i - from;
    start = at;
    int read = step((char) (bytes[i] & 0xFF)) ? 1 : 0;
    at -= i - from;
    return i - from + read;
  }

  private boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t' || (many && b == 0x1E);
  }

  /** Handles the first byte of a token. Returns whether it is consumed. */
  private boolean step(char c) {
    switch (next) {
      case VALUE_OR_END -> {
        return c == ']' ? up() : startValue(c);
      }
      case VALUE -> {
        return startValue(c);
      }
      case NAME_OR_END, NAME -> {
        if (c == '}' && next == Next.NAME_OR_END) {
          return up();
        }
        return c == '"' ? startString(true) : stop("no name");
      }
      case COLON -> {
        next = Next.VALUE;
        return c == ':' || stop("no colon");
      }
      case COMMA_OR_END -> {
        if (c == ',') {
          stack.next();
          next = stack.isObject() ? Next.NAME : Next.VALUE;
          return true;
        }
        return c == (stack.isObject() ? '}' : ']') ? up() : stop("no comma");
      }
      default -> {
        return stop("data after the end");
      }
    }
  }

  private boolean startValue(char c) {
    if (c == '{' || c == '[') {
      if (stack.isFull()) {
        return stop("nested too deeply");
      }
      stack.push(c == '{');
      next = c == '{' ? Next.NAME_OR_END : Next.VALUE_OR_END;
      return true;
    }
    if (c == '"') {
      return startString(false);
    }
    if (!JsonLiterals.isPart((byte) c)) {
      return stop("no value");
    }
    token = Token.LITERAL;
    return false;
  }

  private boolean startString(boolean name) {
    token = Token.STRING;
    isName = name;
    return true;
  }

  private boolean up() {
    stack.pop();
    after();
    return true;
  }

  private void after() {
    next = stack.depth() > 0 ? Next.COMMA_OR_END : many ? Next.VALUE : Next.NOTHING;
  }

  private boolean stop(String defect) {
    defects.record(defect, at);
    stopped = true;
    return false;
  }

  private int literal(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && JsonLiterals.isPart(bytes[i])) {
      i++;
    }
    buffer.append(bytes, from, i);
    if (buffer.length() > MAX_LITERAL) {
      stop("a number that is too long");
    } else if (i < to) {
      endLiteral(false);
    }
    return i - from;
  }

  /** Ends a number, true, false or null. */
  private void endLiteral(boolean cut) {
    String text = buffer.take();
    token = Token.NONE;
    if (!cut && !JsonLiterals.isLiteral(text)) {
      at = start;
      stop("no value");
      return;
    }
    value(text, Section.WHOLE);
    after();
  }

  private int string(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      int c = bytes[i] & 0xFF;
      if (c == '"' || c == '\\') {
        break;
      }
      if (c < ' ') {
        defects.record("a control character in a string", at + i - from);
      }
      i++;
    }
    if (i > from) {
      flushSurrogate();
      if (i < to && bytes[i] == '"' && buffer.length() == 0) { // complete in this chunk: not copied
        endString(new String(bytes, from, i - from, ISO_8859_1), Section.WHOLE);
        return i + 1 - from;
      }
      buffer.append(bytes, from, i);
    }
    if (i == to) {
      return i - from;
    }
    if (bytes[i] == '"') {
      endString();
    } else {
      token = Token.ESCAPE;
    }
    return i + 1 - from;
  }

  private int escape(int c) {
    if (c == 'u') {
      token = Token.UNICODE;
      unicode = 0;
      digits = 0;
      return 1;
    }
    token = Token.STRING;
    flushSurrogate();
    int named = "bfnrt".indexOf(c);
    if (named >= 0) {
      buffer.append("\b\f\n\r\t".charAt(named));
    } else {
      if (c != '"' && c != '\\' && c != '/') {
        defects.record("an unknown escape", at - 1);
      }
      buffer.append(c);
    }
    return 1;
  }

  private int unicode(int c) {
    int digit = c < 128 ? Character.digit(c, 16) : -1;
    if (digit < 0) {
      defects.record("an unknown escape", at - digits - 2);
      unfinishedEscape();
      token = Token.STRING;
      return 0;
    }
    unicode = unicode << 4 | digit;
    digits++;
    if (digits == 4) {
      token = Token.STRING;
      if (unicode >> 10 == 0xDC00 >> 10 && high != 0) {
        append(Character.toCodePoint((char) high, (char) unicode));
        high = 0;
      } else {
        flushSurrogate();
        if (unicode >> 10 == 0xD800 >> 10) {
          high = unicode;
        } else {
          append(unicode);
        }
      }
    }
    return 1;
  }

  private void unfinishedEscape() {
    flushSurrogate();
    buffer.append('u');
    for (int i = digits - 1; i >= 0; i--) {
      buffer.append(Character.forDigit(unicode >> 4 * i & 15, 16));
    }
  }

  private void flushSurrogate() {
    if (high != 0) {
      append(high);
      high = 0;
    }
  }

  private void append(int codePoint) {
    if (codePoint < 0x80) {
      buffer.append(codePoint);
      return;
    }
    point.setLength(0);
    Decoding.utf8(point, codePoint);
    for (int i = 0; i < point.length(); i++) {
      buffer.append(point.charAt(i));
    }
  }

  private void endString() {
    if (token == Token.UNICODE) {
      unfinishedEscape();
    }
    flushSurrogate();
    Section section = buffer.lastSection();
    endString(buffer.take(), section);
  }

  private void endString(String text, Section section) {
    token = Token.NONE;
    if (isName) {
      stack.name(text.length() > MAX_NAME ? text.substring(0, MAX_NAME) : text);
      sink.value(Target.ARG_NAME, text, text);
      next = Next.COLON;
    } else {
      value(text, section);
      after();
    }
  }

  /** Passes on a value, or a window of a long one. */
  private void value(String text, Section section) {
    if (text.isEmpty()) {
      return;
    }
    if (isName && token != Token.NONE) { // a window of a long name
      sink.window(Target.ARG_NAME, "", null, text, section);
      return;
    }
    sink.window(Target.ARG, stack.name(), stack.path(), text, section);
  }
}
