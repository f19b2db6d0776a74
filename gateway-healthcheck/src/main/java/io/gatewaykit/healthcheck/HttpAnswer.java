package io.gatewaykit.healthcheck;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A complete HTTP/1.x answer, read with the least a probe needs (RFC 9112). It is read anew from
 * its first byte each time more arrives: answers to probes are small, usually one read long, and a
 * reader without memory cannot be confused by where the network cuts them.
 */
final class HttpAnswer {
  /** Longer heads are refused. */
  static final int MAX_HEAD = 64 * 1_024;

  /** Of longer bodies only so much is looked at. */
  static final int MAX_BODY = 256 * 1_024;

  private static final int CR = '\r';
  private static final int LF = '\n';
  private static final int UNTIL_CLOSE = -1;

  private final byte[] bytes;
  private final int length;
  private final boolean ended;

  private int status;
  private int headFrom;
  private int headTo;
  private @Nullable String problem;
  private byte[] body = new byte[0];
  private boolean reusable;

  private HttpAnswer(byte[] bytes, int length, boolean ended) {
    this.bytes = bytes;
    this.length = length;
    this.ended = ended;
  }

  /**
   * Reads an answer.
   *
   * @param ended whether no more bytes will come
   * @param bodiless whether this answers a HEAD request
   * @return the answer, perhaps with a {@link #problem}; null if more bytes are needed
   */
  static @Nullable HttpAnswer read(byte[] bytes, int length, boolean ended, boolean bodiless) {
    var answer = new HttpAnswer(bytes, length, ended);
    return answer.readHead() && answer.readBody(bodiless) ? answer : null;
  }

  int status() {
    return status;
  }

  /** What is wrong with it; null if nothing is. */
  @Nullable String problem() {
    return problem;
  }

  byte[] body() {
    return body;
  }

  /** Whether another request may follow on the connection. */
  boolean reusable() {
    return reusable && problem == null;
  }

  /** The value of a header; null if there is none. The first, if there are several. */
  @Nullable String header(String name) {
    for (int at = nextLine(headFrom); at < headTo; at = nextLine(at)) {
      int colon = at;
      while (colon < headTo && bytes[colon] != ':' && bytes[colon] != LF) {
        colon++;
      }
      if (colon - at == name.length()
          && colon < headTo
          && bytes[colon] == ':'
          && text(at, colon).equalsIgnoreCase(name)) {
        return text(colon + 1, nextLine(at)).strip();
      }
    }
    return null;
  }

  private boolean fail(String what) {
    problem = what;
    return true;
  }

  private boolean readHead() {
    do {
      if (!isPrefixOfStatusLine()) {
        return fail("answered what is not HTTP/1.x");
      }
      headTo = endOfHead();
      if (headTo < 0) {
        if (length - headFrom > MAX_HEAD) {
          return fail("answered with a head above 64 KB");
        }
        return ended && fail(length == 0 ? "closed without an answer" : "closed within the head");
      }
      status =
          (bytes[headFrom + 9] - '0') * 100
              + (bytes[headFrom + 10] - '0') * 10
              + bytes[headFrom + 11]
              - '0';
      if (status / 100 != 1 || status == 101) {
        return true;
      }
      headFrom = headTo; // 100 Continue, 103 Early Hints: the answer proper follows
    } while (true);
  }

  /** Tells whether what there is, is the beginning of {@code HTTP/1.x ddd}, then blank or end. */
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

  /** Where the line after the one at this place begins; beyond the end if it does not end yet. */
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
    reusable = mayStayOpen();
    if (bodiless || status == 101 || status == 204 || status == 304) {
      return true;
    }
    String coding = header("transfer-encoding");
    if (coding != null) {
      return coding.toLowerCase(Locale.ROOT).endsWith("chunked")
          ? readChunks()
          : readCounted(UNTIL_CLOSE);
    }
    String counted = header("content-length");
    if (counted == null) {
      return readCounted(UNTIL_CLOSE);
    }
    if (!counted.matches("[0-9]{1,18}")) {
      return fail("answered with an unreadable Content-Length");
    }
    return readCounted(Long.parseLong(counted));
  }

  private boolean mayStayOpen() {
    String connection = header("connection");
    String wish = connection == null ? "" : connection.toLowerCase(Locale.ROOT);
    boolean current = bytes[headFrom + 7] == '1';
    return current ? !wish.contains("close") : wish.contains("keep-alive");
  }

  private boolean readCounted(long count) {
    int present = length - headTo;
    if (count == UNTIL_CLOSE) {
      reusable = false;
      if (!ended && present < MAX_BODY) {
        return false;
      }
    } else if (present < Math.min(count, MAX_BODY)) {
      return ended && fail("closed within the body");
    }
    // Bytes beyond the body belong to no question of ours: such a connection is not kept.
    reusable &= present == count;
    int shown = count == UNTIL_CLOSE ? present : (int) Math.min(count, present);
    body = Arrays.copyOfRange(bytes, headTo, headTo + Math.min(shown, MAX_BODY));
    return true;
  }

  private boolean readChunks() {
    var joined = new ByteArrayOutputStream();
    int at = headTo;
    while (true) {
      int end = nextLine(at);
      if (end > length) {
        return length - at > 1_024
            ? fail("answered with an unreadable chunk size")
            : ended && fail("closed within the body");
      }
      String size = text(at, end).strip().replaceFirst("\\s*;.*", "");
      if (!size.matches("[0-9a-fA-F]{1,7}")) {
        return fail("answered with an unreadable chunk size");
      }
      int count = Integer.parseInt(size, 16);
      if (count == 0) {
        return readTrailers(end, joined);
      }
      int present = Math.min(count, length - end);
      joined.write(bytes, end, Math.min(present, MAX_BODY - joined.size()));
      if (joined.size() >= MAX_BODY) {
        reusable = false;
        body = joined.toByteArray();
        return true;
      }
      at = nextLine(end + count);
      if (present < count || at > length) {
        return ended && fail("closed within the body");
      }
    }
  }

  private boolean readTrailers(int from, ByteArrayOutputStream joined) {
    int at = from;
    while (true) {
      int end = nextLine(at);
      if (end > length) {
        return length - at > MAX_HEAD
            ? fail("answered with trailers above 64 KB")
            : ended && fail("closed within the body");
      }
      if (text(at, end).isBlank()) {
        reusable &= end == length;
        body = joined.toByteArray();
        return true;
      }
      at = end;
    }
  }

  private String text(int from, int to) {
    int end = Math.min(to, length);
    return new String(bytes, from, Math.max(0, end - from), StandardCharsets.ISO_8859_1);
  }
}
