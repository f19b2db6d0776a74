// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The test oracle: parses bytes, one per char, according to the grammar of RFC 9110 and 9112,
 * without the leniency permitted to recipients. All output of a gateway must pass it, on both
 * sides.
 */
final class StrictReader {
  private static final Pattern REQUEST_LINE =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\\x21-\\x7e]+ HTTP/1\\.1");
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.1 [1-9]\\d\\d [\\t\\x20-\\x7e\\x80-\\xff]*");
  private static final Pattern FIELD =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*");
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9A-Fa-f]{1,8}(;[\\x20-\\x7e]*)?");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  private final String in;
  private final boolean closed;
  private int at;
  private final List<HttpMessage> messages = new ArrayList<>();
  private @Nullable String problem;

  private StrictReader(String in, boolean closed) {
    this.in = in;
    this.closed = closed;
  }

  /**
   * The result of parsing.
   *
   * @param messages the complete messages
   * @param problem the first error, or null; later bytes are not read
   * @param partial whether the last message is incomplete
   */
  record Result(List<HttpMessage> messages, @Nullable String problem, boolean partial) {
    /** Returns the final responses, without interim ones. */
    List<HttpMessage> finals() {
      return messages.stream().filter(m -> m.status() >= 200 || m.status() == 101).toList();
    }
  }

  /** Parses the bytes that reached a server. */
  static Result requests(String bytes) {
    return new StrictReader(bytes, false).read(null);
  }

  /**
   * Parses the bytes that a client received.
   *
   * @param methods the methods of the requests, in order: a response to HEAD has no content
   * @param closed whether the connection was closed, which can end a response
   */
  static Result responses(String bytes, List<String> methods, boolean closed) {
    return new StrictReader(bytes, closed).read(methods.iterator());
  }

  private Result read(@Nullable Iterator<String> methods) {
    boolean whole = true;
    try {
      while (whole && at < in.length()) {
        whole = message(methods);
      }
    } catch (IllegalArgumentException fault) {
      problem = fault.getMessage();
    }
    return new Result(messages, problem, !whole);
  }

  /** Parses one message; returns false if it is incomplete. */
  private boolean message(@Nullable Iterator<String> methods) {
    String startLine = line();
    if (startLine == null) {
      return false;
    }
    boolean request = methods == null;
    check((request ? REQUEST_LINE : STATUS_LINE).matcher(startLine).matches(), startLine);
    var fields = new ArrayList<String>();
    if (!fields(fields)) {
      return false;
    }
    var head = new HttpMessage(startLine, fields, "", List.of());
    if (request) {
      check(head.values("host").size() == 1, "not one Host");
    }
    boolean bodiless = methods != null && isBodiless(head, methods);
    return body(head, request, bodiless);
  }

  private static boolean isBodiless(HttpMessage head, Iterator<String> methods) {
    int status = head.status();
    if (status == 101) {
      return true;
    }
    if (status < 200) {
      check(head.values("content-length").isEmpty(), "length in a 1xx");
      return true;
    }
    check(methods.hasNext(), "a response without a request");
    if (status == 204) {
      check(head.values("content-length").isEmpty(), "length in a 204");
    }
    return methods.next().equals("HEAD") || status == 204 || status == 304;
  }

  private boolean body(HttpMessage head, boolean request, boolean bodiless) {
    List<String> codings = head.values("transfer-encoding");
    List<String> lengths = head.values("content-length");
    check(codings.isEmpty() || lengths.isEmpty(), "length and transfer coding");
    check(lengths.size() <= 1, "two lengths");
    var trailers = new ArrayList<String>();
    String body;
    if (bodiless) {
      body = "";
    } else if (!codings.isEmpty()) {
      check(codings.equals(List.of("chunked")), "transfer coding " + codings);
      body = chunks(trailers);
    } else if (!lengths.isEmpty()) {
      check(LENGTH.matcher(lengths.get(0)).matches(), "length " + lengths);
      long length = Long.parseLong(lengths.get(0));
      body = in.length() - at < length ? null : take((int) length);
    } else if (request) {
      body = "";
    } else {
      body = closed ? take(in.length() - at) : null;
    }
    if (body == null) {
      return false;
    }
    messages.add(new HttpMessage(head.startLine(), head.fields(), body, trailers));
    return true;
  }

  private @Nullable String chunks(List<String> trailers) {
    var body = new StringBuilder();
    while (true) {
      String size = line();
      if (size == null) {
        return null;
      }
      check(CHUNK_SIZE.matcher(size).matches(), "chunk size " + size);
      int length = Integer.parseInt(size.split(";", 2)[0], 16);
      if (length == 0) {
        return fields(trailers) ? body.toString() : null;
      }
      if (in.length() - at < length + 2) {
        return null;
      }
      body.append(take(length));
      check(take(2).equals("\r\n"), "chunk without end");
    }
  }

  private boolean fields(List<String> fields) {
    while (true) {
      String line = line();
      if (line == null) {
        return false;
      }
      if (line.isEmpty()) {
        return true;
      }
      check(FIELD.matcher(line).matches(), "field " + line);
      fields.add(line);
    }
  }

  /** Returns the next line, or null if it is incomplete. */
  private @Nullable String line() {
    int end = in.indexOf("\r\n", at);
    if (end < 0) {
      return null;
    }
    String line = take(end - at);
    at += 2;
    return line;
  }

  private String take(int length) {
    String taken = in.substring(at, at + length);
    at += length;
    return taken;
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
