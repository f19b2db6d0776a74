// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A parser for HTTP/1.x responses, reduced to what probes need (RFC 9112). It restarts from the
 * first byte whenever more data arrives: responses to probes are small and usually fit in one read,
 * and a stateless parser does not depend on how the network splits them. An instance is reused for
 * many responses, and parsing does not allocate unless the body is requested.
 */
final class Http1Response implements HttpResponse {
  /** Longer heads are rejected. */
  static final int MAX_HEAD = 64 * 1_024;

  /** Only this much of a longer body is inspected. */
  static final int MAX_BODY = 256 * 1_024;

  private static final int CR = '\r';
  private static final int LF = '\n';
  private static final int UNTIL_CLOSE = -1;
  private static final int UNREADABLE = -2;
  private static final byte[] NOTHING = new byte[0];

  private static final byte[] CONNECTION = ascii("connection");
  private static final byte[] CONTENT_LENGTH = ascii("content-length");
  private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
  private static final byte[] CLOSE = ascii("close");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] CHUNKED = ascii("chunked");

  private byte[] bytes = NOTHING;
  private int length;
  private boolean ended;
  private boolean bodyWanted;

  private int status;
  private int headFrom;
  private int headTo;
  private @Nullable String problem;
  private byte[] body = NOTHING;
  private boolean reusable;

  // The value of the last header found.
  private int valueFrom;
  private int valueTo;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Parses a response.
   *
   * @param ended whether the end of the stream has been reached
   * @param bodiless whether this is the response to a HEAD request
   * @return the response, possibly with a {@link #problem}; null if more bytes are needed
   */
  static @Nullable Http1Response read(byte[] bytes, int length, boolean ended, boolean bodiless) {
    var response = new Http1Response();
    return response.tryParse(bytes, length, ended, bodiless, true) ? response : null;
  }

  /**
   * Parses a response, replacing the previous one.
   *
   * @param bodyWanted whether {@link #body} will be called
   * @return false if more bytes are needed
   */
  boolean tryParse(byte[] bytes, int length, boolean ended, boolean bodiless, boolean bodyWanted) {
    this.bytes = bytes;
    this.length = length;
    this.ended = ended;
    this.bodyWanted = bodyWanted;
    status = 0;
    headFrom = 0;
    headTo = 0;
    problem = null;
    body = NOTHING;
    reusable = false;
    return readHead() && readBody(bodiless);
  }

  /** Drops the reference to the bytes, which belong to the caller. */
  void release() {
    bytes = NOTHING;
    length = 0;
    body = NOTHING;
  }

  @Override
  public int status() {
    return status;
  }

  /** Returns a description of the protocol violation; null if the response is valid. */
  @Override
  public @Nullable String problem() {
    return problem;
  }

  @Override
  public byte[] body() {
    return body;
  }

  /** Returns whether the connection can be used for another request. */
  boolean reusable() {
    return reusable && problem == null;
  }

  /** Returns the value of a header, the first one if it is repeated; null if absent. */
  @Override
  public @Nullable String header(String name) {
    return find(ascii(name.toLowerCase(Locale.ROOT)))
        ? new String(bytes, valueFrom, valueTo - valueFrom, StandardCharsets.ISO_8859_1)
        : null;
  }

  /** Finds a header by its lower-case name. */
  private boolean find(byte[] name) {
    for (int at = nextLine(headFrom); at < headTo; at = nextLine(at)) {
      int colon = at + name.length;
      if (colon < headTo && bytes[colon] == ':' && isAt(at, name)) {
        valueFrom = colon + 1;
        valueTo = nextLine(at);
        while (valueFrom < valueTo && isBlank(bytes[valueFrom])) {
          valueFrom++;
        }
        while (valueTo > valueFrom && isBlank(bytes[valueTo - 1])) {
          valueTo--;
        }
        return true;
      }
    }
    return false;
  }

  private static boolean isBlank(int c) {
    return c == ' ' || c == '\t' || c == CR || c == LF;
  }

  /** Returns whether this lower-case text is at the given position, ignoring case. */
  private boolean isAt(int from, byte[] text) {
    for (int i = 0; i < text.length; i++) {
      int c = bytes[from + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != text[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean valueContains(byte[] text) {
    for (int at = valueFrom; at + text.length <= valueTo; at++) {
      if (isAt(at, text)) {
        return true;
      }
    }
    return false;
  }

  private boolean fail(String detail) {
    problem = detail;
    return true;
  }

  private boolean readHead() {
    do {
      if (!isPrefixOfStatusLine()) {
        return fail("response is not HTTP/1.x");
      }
      headTo = endOfHead();
      if (headTo < 0) {
        if (length - headFrom > MAX_HEAD) {
          return fail("response head exceeds 64 KB");
        }
        return ended
            && fail(length == 0 ? "closed without a response" : "closed during the response head");
      }
      status =
          (bytes[headFrom + 9] - '0') * 100
              + (bytes[headFrom + 10] - '0') * 10
              + bytes[headFrom + 11]
              - '0';
      if (status / 100 != 1 || status == 101) {
        return true;
      }
      headFrom = headTo; // 100 Continue, 103 Early Hints: the final response follows
    } while (true);
  }

  /**
   * Returns whether the bytes are a prefix of {@code HTTP/1.x ddd} followed by a blank or the end
   * of the line.
   */
  private boolean isPrefixOfStatusLine() {
    String pattern = "HTTP/1.x ddd ";
    for (int i = 0; i < pattern.length() && headFrom + i < length; i++) {
      int c = bytes[headFrom + i];
      boolean fits =
          switch (pattern.charAt(i)) {
            case 'x' -> c == '0' || c == '1';
            case 'd' -> i == 9 ? c >= '1' && c <= '5' : c >= '0' && c <= '9';
            case ' ' -> c == ' ' || (i == 12 && (c == CR || c == LF));
            default -> c == pattern.charAt(i);
          };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private int endOfHead() {
    for (int at = nextLine(headFrom); at < length; at = nextLine(at)) {
      if (bytes[at] == LF) {
        return at + 1;
      }
      if (bytes[at] == CR && at + 1 < length && bytes[at + 1] == LF) {
        return at + 2;
      }
    }
    return -1;
  }

  /** Returns the start of the next line; beyond the end of the input if the line is incomplete. */
  private int nextLine(int from) {
    int at = from;
    while (at < length && bytes[at] != LF) {
      at++;
    }
    return at + 1;
  }

  private boolean readBody(boolean bodiless) {
    if (problem != null) {
      return true;
    }
    reusable = allowsReuse();
    if (bodiless || status == 101 || status == 204 || status == 304) {
      return true;
    }
    if (find(TRANSFER_ENCODING)) {
      boolean chunked =
          valueTo - valueFrom >= CHUNKED.length && isAt(valueTo - CHUNKED.length, CHUNKED);
      return chunked ? readChunks() : readCounted(UNTIL_CLOSE);
    }
    long count = find(CONTENT_LENGTH) ? contentLength() : UNTIL_CLOSE;
    return count == UNREADABLE ? fail("invalid Content-Length") : readCounted(count);
  }

  private long contentLength() {
    long count = 0;
    for (int at = valueFrom; at < valueTo; at++) {
      int digit = bytes[at] - '0';
      if (digit < 0 || digit > 9) {
        return UNREADABLE;
      }
      count = count * 10 + digit;
    }
    return valueTo == valueFrom || valueTo - valueFrom > 18 ? UNREADABLE : count;
  }

  private boolean allowsReuse() {
    boolean declared = find(CONNECTION);
    return bytes[headFrom + 7] == '1'
        ? !(declared && valueContains(CLOSE))
        : declared && valueContains(KEEP_ALIVE);
  }

  private boolean readCounted(long count) {
    int present = length - headTo;
    if (count == UNTIL_CLOSE) {
      reusable = false;
      if (!ended && present < MAX_BODY) {
        return false;
      }
    } else if (present < Math.min(count, MAX_BODY)) {
      return ended && fail("closed during the response body");
    }
    // Bytes beyond the body belong to no request of this probe: do not reuse the connection.
    reusable &= present == count;
    if (bodyWanted) {
      int shown = count == UNTIL_CLOSE ? present : (int) Math.min(count, present);
      body = Arrays.copyOfRange(bytes, headTo, headTo + Math.min(shown, MAX_BODY));
    }
    return true;
  }

  private boolean readChunks() {
    var joined = bodyWanted ? new ByteArrayOutputStream() : null;
    int seen = 0;
    int at = headTo;
    while (true) {
      int end = nextLine(at);
      if (end > length) {
        return length - at > 1_024
            ? fail("invalid chunk size")
            : ended && fail("closed during the response body");
      }
      int count = chunkSize(at, end);
      if (count == UNREADABLE) {
        return fail("invalid chunk size");
      }
      if (count == 0) {
        body = joined == null ? NOTHING : joined.toByteArray();
        return readTrailers(end);
      }
      int present = Math.min(count, length - end);
      int shown = Math.min(present, MAX_BODY - seen);
      seen += shown;
      if (joined != null) {
        joined.write(bytes, end, shown);
      }
      if (seen >= MAX_BODY) {
        reusable = false;
        body = joined == null ? NOTHING : joined.toByteArray();
        return true;
      }
      at = nextLine(end + count);
      if (present < count || at > length) {
        return ended && fail("closed during the response body");
      }
    }
  }

  /** Parses {@code 1f}, optionally followed by blanks and by extensions after a semicolon. */
  private int chunkSize(int from, int to) {
    int count = 0;
    int at = from;
    int digit;
    while (at < to && (digit = Character.digit(bytes[at], 16)) >= 0) {
      count = count << 4 | digit;
      at++;
    }
    if (at == from || at - from > 7) {
      return UNREADABLE;
    }
    while (at < to && isBlank(bytes[at])) {
      at++;
    }
    return at == to || bytes[at] == ';' ? count : UNREADABLE;
  }

  private boolean readTrailers(int from) {
    int at = from;
    while (true) {
      int end = nextLine(at);
      if (end > length) {
        return length - at > MAX_HEAD
            ? fail("response trailers exceed 64 KB")
            : ended && fail("closed during the response body");
      }
      if (bytes[at] == LF || (bytes[at] == CR && bytes[at + 1] == LF)) {
        reusable &= end == length;
        return true;
      }
      at = end;
    }
  }
}
