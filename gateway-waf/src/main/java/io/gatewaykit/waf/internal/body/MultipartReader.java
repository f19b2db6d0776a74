// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.Arrays;

/**
 * Reads multipart bodies as defined by RFC 2046 §5.1 and RFC 7578. Constructs that parsers are
 * known to interpret differently are violations; reading then continues as in most parsers.
 *
 * <p>Bytes are passed on once they cannot be the start of a delimiter, so memory is bounded by one
 * chunk and the header of one part.
 */
final class MultipartReader implements BodyReader {
  private static final String WORD = "boundary";
  private static final int MAX_BOUNDARY = 70;
  private static final int MAX_HEADER = 16 << 10;
  private static final int MAX_PADDING = 64; // white space after a delimiter
  private static final String BOUNDARY_SIGNS = "'()+_,-./:=? ";

  private enum State {
    PREAMBLE,
    HEADER,
    CONTENT,
    EPILOGUE
  }

  private final boolean form;
  private final byte[] dashes; // the first bytes of each delimiter
  private final PartFactory parts;
  private final BodySink sink;
  private final Defects defects;
  private byte[] pending = new byte[256];
  private int length;
  private boolean atStart = true; // whether pending starts with the body
  private boolean lineStart = true; // whether pending starts a line
  private long offset; // of the pending bytes in the body
  private State state = State.PREAMBLE;
  private PartHeader header;
  private BodyReader content;

  private MultipartReader(
      boolean form, String boundary, PartFactory parts, BodySink sink, Defects defects) {
    this.form = form;
    this.dashes = ("--" + boundary).getBytes(ISO_8859_1);
    this.parts = parts;
    this.sink = sink;
    this.defects = defects;
    this.header = new PartHeader(form, sink, defects);
    this.content = inspectedText(); // the preamble, which all parsers skip
  }

  /** Returns a reader of a body with this type. Without a boundary, the body is read as text. */
  static BodyReader of(BodyLabel label, PartFactory parts, BodySink sink) {
    Defects defects = new Defects("multipart", sink);
    MediaType type = label.type();
    MediaType.Parameter parameter = type.parameter("boundary");
    String boundary = parameter == null ? "" : parameter.value();
    if (!type.isWellFormed()) {
      defects.record("a type that parsers interpret differently", 0);
    }
    if (parameter != null && !isUnambiguous(parameter)) {
      defects.record("a boundary that parsers interpret differently", 0);
    }
    if (count(label.name()) - count(Decoding.lowercase(boundary)) > 1) {
      defects.record("two boundaries", 0);
    }
    if (!isBoundary(boundary)) {
      defects.record("no boundary of 1 to 70 permitted characters", 0);
      return new TextReader(Target.ARG, "body", sink);
    }
    return new MultipartReader(
        type.type().equals("multipart/form-data"), boundary, parts, sink, defects);
  }

  /**
   * Returns whether the boundary can be read in only one way. Many clients omit the quotes that
   * special characters require, which no parser misinterprets, except for blanks and commas.
   */
  private static boolean isUnambiguous(MediaType.Parameter boundary) {
    String value = boundary.value();
    boolean separated = value.indexOf(' ') >= 0 || value.indexOf(',') >= 0;
    boolean plain = !boundary.quoted() || count(Decoding.lowercase(value)) > 0;
    return boundary.tight() && !(separated && plain);
  }

  /** Counts the word that some parsers search for anywhere in the field. */
  private static int count(String text) {
    int count = 0;
    for (int at = text.indexOf(WORD); at >= 0; at = text.indexOf(WORD, at + WORD.length())) {
      count++;
    }
    return count;
  }

  static boolean isBoundary(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!letter && BOUNDARY_SIGNS.indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= MAX_BOUNDARY && !text.endsWith(" ");
  }

  private BodyReader inspectedText() {
    return new TextReader(Target.ARG, "body", sink);
  }

  @Override
  public void feed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) { // in bounded steps, because a chunk can have any size
      int count = Math.min(to - at, 64 << 10);
      if (length + count > pending.length) {
        pending = Arrays.copyOf(pending, Math.max(length + count, 2 * pending.length));
      }
      System.arraycopy(bytes, at, pending, length, count);
      length += count;
      at += count;
      read(false, false);
    }
  }

  @Override
  public void finish(boolean complete) {
    read(true, complete);
    if (state == State.HEADER) {
      if (complete) {
        defects.record("a part without an empty line", offset);
      }
      unendedHeader();
      content.feed(pending, 0, length);
    }
    content.finish(complete);
    if (state == State.PREAMBLE) {
      defects.record("the boundary does not occur", 0);
    } else if (state != State.EPILOGUE && complete) {
      defects.record("no closing boundary", offset + length);
    }
  }

  /** Reads as many of the pending bytes as possible, or all of them at the end. */
  private void read(boolean end, boolean complete) {
    int from = 0;
    while (true) {
      if (state == State.HEADER) {
        int next = headerLines(from);
        boolean more = state != State.HEADER;
        from = next;
        if (!more) {
          break;
        }
        continue;
      }
      int at = state == State.EPILOGUE ? -1 : find(from);
      if (at < 0) {
        from = pass(from, end ? length : Math.max(from, length - dashes.length - 1));
        break;
      }
      int tail = at + dashes.length;
      boolean last = tail + 1 < length && pending[tail] == '-' && pending[tail + 1] == '-';
      int stop = tail + (last ? 2 : 0);
      int padded = stop;
      while (padded < length && isBlank(pending[padded]) && padded - stop < MAX_PADDING) {
        padded++;
      }
      if (padded + 1 >= length && !end) { // the next chunk may continue with CRLF or --
        from = pass(from, Math.max(from, at - 2));
        break;
      }
      boolean crlf = padded + 1 < length && pending[padded] == '\r' && pending[padded + 1] == '\n';
      boolean lf = padded < length && pending[padded] == '\n';
      boolean ends = crlf || lf || (padded >= length && (last || !complete));
      boolean begins = at == 0 ? lineStart : pending[at - 1] == '\n';
      if (!begins || !ends) {
        defects.record(
            begins ? "a boundary followed by other text" : "a boundary inside a line", offset + at);
        from = pass(from, at + 1);
        continue;
      }
      boolean loneBefore = at > 0 && (at < 2 || pending[at - 2] != '\r');
      if (lf || (loneBefore && !(at == 0 && atStart))) {
        defects.record("a line ending other than CRLF", offset + at);
      }
      int contentEnd = at == 0 ? 0 : loneBefore ? at - 1 : at - 2;
      pass(from, Math.max(from, contentEnd));
      content.finish(true);
      from = padded + (crlf ? 2 : lf ? 1 : 0);
      if (last) {
        state = State.EPILOGUE;
        content = new Epilogue();
      } else {
        state = State.HEADER;
        header = new PartHeader(form, sink, defects);
      }
    }
    drop(from);
  }

  private int find(int from) {
    int end = length - dashes.length;
    for (int i = from; i <= end; i++) {
      if (pending[i] == '-'
          && pending[i + 1] == '-'
          && Arrays.equals(pending, i, i + dashes.length, dashes, 0, dashes.length)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** Passes on content, and returns the index after it. */
  private int pass(int from, int to) {
    if (to > from) {
      content.feed(pending, from, to);
    }
    return Math.max(from, to);
  }

  private void drop(int count) {
    if (count > 0) {
      lineStart = pending[count - 1] == '\n';
      atStart = false;
      System.arraycopy(pending, count, pending, 0, length - count);
      length -= count;
      offset += count;
    }
  }

  /** Reads header lines, and returns the index after the last one. */
  private int headerLines(int from) {
    int at = from;
    while (true) {
      int line = at;
      while (line < length && pending[line] != '\n') {
        line++;
      }
      if (line == length) {
        if (length - at > MAX_HEADER) {
          defects.record("a header of more than " + MAX_HEADER + " bytes", offset + at);
          startContent();
        }
        return at;
      }
      if (startsDelimiter(at)) {
        defects.record("a part without an empty line", offset + at);
        unendedHeader();
        state = State.CONTENT;
        return at;
      }
      boolean crlf = line > at && pending[line - 1] == '\r';
      if (!crlf) {
        defects.record("a line ending other than CRLF", offset + line);
      }
      String field = new String(pending, at, (crlf ? line - 1 : line) - at, ISO_8859_1);
      at = line + 1;
      if (field.isEmpty()) {
        startContent();
        return at;
      }
      if (!header.add(field, offset + at)) {
        startContent();
        return at;
      }
    }
  }

  private boolean startsDelimiter(int at) {
    return length - at >= dashes.length
        && Arrays.equals(pending, at, at + dashes.length, dashes, 0, dashes.length);
  }

  private void startContent() {
    header.end(offset);
    content = parts.part(header);
    state = State.CONTENT;
  }

  /** Reads an unterminated header as content, like parsers that do not require the empty line. */
  private void unendedHeader() {
    content = new TextReader(Target.ARG, header.name().isEmpty() ? "part" : header.name(), sink);
    byte[] lines = header.lines().getBytes(ISO_8859_1);
    content.feed(lines, 0, lines.length);
  }

  /** The text after the last part, which is a violation unless it is white space. */
  private final class Epilogue implements BodyReader {
    private final BodyReader text = inspectedText();

    @Override
    public void feed(byte[] bytes, int from, int to) {
      text.feed(bytes, from, to);
      for (int i = from; i < to; i++) {
        if (bytes[i] > ' ' || bytes[i] < 0) {
          defects.record("content after the last part", offset + i);
          return;
        }
      }
    }

    @Override
    public void finish(boolean complete) {
      text.finish(complete);
    }
  }
}
