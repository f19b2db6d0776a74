// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Requests that servers handle differently, and the observed results. {@code
 * docs/http-semantics.md} compares the servers; the suite of each server verifies its column.
 */
final class HttpSemantics {
  /** The guard rejects requests to this path and below. */
  static final String REFUSED = "/no";

  /** The guard rejects requests to this path after inspecting their body. */
  static final String BODY_REFUSED = "/read";

  private static final Path TABLE = Path.of("../../docs/http-semantics.md");
  private static final String GET = "GET %s HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String NEXT = GET.formatted("/299");
  private static final String POST = "POST %s HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n%s";
  private static final String CHUNKED = "Transfer-Encoding: chunked";

  /** Far more than a server may read of an unread body. */
  private static final int ENDLESS_CHUNKS = 1024;

  private static final String CHUNK = "10000\r\n" + "x".repeat(0x10000) + "\r\n";

  private final Connections connections;
  private final Callable<String> target;
  private final Map<String, String> seen = new LinkedHashMap<>();

  /** Opens connections to the server under test. */
  @FunctionalInterface
  interface Connections {
    RawClient open() throws IOException;
  }

  private HttpSemantics(Connections connections, Callable<String> target) {
    this.connections = connections;
    this.target = target;
  }

  /** Returns the cells of the documented table in the column of the server. */
  static Map<String, String> documented(String server) throws IOException {
    int column = -1;
    boolean isReadings = false; // that table is verified behind the edge gateway
    var cells = new LinkedHashMap<String, String>();
    for (String line : Files.readAllLines(TABLE)) {
      if (line.startsWith("## ")) {
        isReadings = line.equals("## Readings of a path");
      }
      List<String> row = List.of(line.split("\\|", -1)).stream().map(String::strip).toList();
      if (isReadings || !line.startsWith("|")) {
        column = -1; // outside a table of this suite
        continue;
      }
      if (line.startsWith("|--")) {
        continue;
      }
      if (row.contains(server)) {
        column = row.indexOf(server);
      } else if (column > 0) {
        cells.put(row.get(1), row.get(column));
      }
    }
    return cells;
  }

  /**
   * Sends every request of the table and returns the observed cells.
   *
   * @param target returns the last target that the guard saw since the previous call, or an empty
   *     string
   */
  static Map<String, String> observed(Connections connections, Callable<String> target)
      throws Exception {
    var semantics = new HttpSemantics(connections, target);
    semantics.refusals();
    semantics.framing();
    semantics.heads();
    semantics.targets();
    return semantics.seen;
  }

  private void refusals() throws Exception {
    record("`GET`, rejected", GET.formatted("/no") + NEXT);
    record("body of 5 bytes, rejected by its head", post("/no", "Content-Length: 5", "hello"));
    record("body of 5 bytes, rejected by its content", post("/read", "Content-Length: 5", "hello"));
    record("chunked body, rejected by its head", post("/no", CHUNKED, "5\r\nhello\r\n0\r\n\r\n"));
    String large = "x".repeat(200_000);
    record("body of 200,000 bytes, rejected", post("/no", "Content-Length: 200000", large));
    seen.put("body of 64 MiB, rejected", endless());
    String expecting = "Content-Length: 5\r\nExpect: 100-continue";
    record("`Expect: 100-continue`, rejected", POST.formatted("/no", expecting, ""));
    record("`Expect: 100-continue`, allowed", POST.formatted("/", expecting, "hello") + NEXT);
    record("`Expect: more`", post("/", "Content-Length: 5\r\nExpect: more", "hello"));
    record(
        "three pipelined requests, the second rejected",
        GET.formatted("/") + GET.formatted("/no") + NEXT);
  }

  private void framing() throws Exception {
    String chunks = "5\r\nhello\r\n0\r\n\r\n";
    record(
        "`Content-Length` and `Transfer-Encoding`",
        post("/", "Content-Length: 5\r\n" + CHUNKED, chunks));
    record(
        "`Content-Length` twice, equal",
        post("/", "Content-Length: 5\r\nContent-Length: 5", "hello"));
    record(
        "`Content-Length` twice, different",
        post("/", "Content-Length: 5\r\nContent-Length: 6", "hello"));
    record("`Content-Length: +5`", post("/", "Content-Length: +5", "hello"));
    record("`Content-Length: 5, 5`", post("/", "Content-Length: 5, 5", "hello"));
    record("`Transfer-Encoding: gzip`", post("/", "Transfer-Encoding: gzip", ""));
    record("`Transfer-Encoding` twice", post("/", CHUNKED + "\r\n" + CHUNKED, chunks));
    record("`Transfer-Encoding: xchunked`", post("/", "Transfer-Encoding: xchunked", chunks));
    record("chunk size `5;x=y`", post("/", CHUNKED, "5;x=y\r\nhello\r\n0\r\n\r\n"));
    record("chunk size `0x5`", post("/", CHUNKED, "0x5\r\nhello\r\n0\r\n\r\n"));
    record("chunk without its line end", post("/", CHUNKED, "5\r\nhello0\r\n\r\n"));
    record("trailer after the chunks", post("/", CHUNKED, "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"));
  }

  private void heads() throws Exception {
    record("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n");
    record("HTTP/1.7", "GET / HTTP/1.7\r\nHost: h\r\n\r\n" + NEXT);
    record("HTTP/3.0", "GET / HTTP/3.0\r\nHost: h\r\n\r\n" + NEXT);
    record("no `Host`", "GET / HTTP/1.1\r\n\r\n" + NEXT);
    record("two `Host`s", "GET / HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n" + NEXT);
    record("`Host: a/b`", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + NEXT);
    record("space before the colon", field("X-A : 1"));
    record("folded line", field("X-A: 1\r\n 2"));
    record("line without a colon", field("X-A"));
    record("NUL in a value", field("X-A: 1\0002"));
    record("CR in a value", field("X-A: 1\r2"));
    record("space in a name", field("X A: 1"));
    record("lines ended by LF only", "GET / HTTP/1.1\nHost: h\n\n" + NEXT);
    record("field of 100,000 bytes", field("X-A: " + "x".repeat(100_000)));
    record("1,000 fields", field("X-A: 1\r\n".repeat(999) + "X-A: 1"));
    record("target of 100,000 bytes", GET.formatted("/" + "x".repeat(100_000)) + NEXT);
    record("method `PURGE`", "PURGE / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
    record("method `get`", "get / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
    record("method `G(T`", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
  }

  private void targets() throws Exception {
    for (String each :
        List.of(
            "/a/../b",
            "/%2e%2e/x",
            "/a%2fb",
            "//a//b",
            "/a;v=1/b",
            "/a%5cb",
            "/a\\b",
            "/%c0%ae/x",
            "/%",
            "/%00",
            "/a?b=%zz",
            "/a?b={c}",
            "/a?",
            "/a#b",
            "/\u00e4",
            "http://h/a?b",
            "a/b")) {
      seen.put("`" + each + "`", targetSeen(each));
    }
  }

  private static String post(String path, String framing, String body) {
    return POST.formatted(path, framing, body) + NEXT;
  }

  private static String field(String lines) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n\r\n" + NEXT;
  }

  private void record(String name, String sent) throws Exception {
    try (RawClient client = connections.open()) {
      try {
        client.send(sent);
      } catch (SocketException closed) {
        // the server does not have to read a rejected body; its response can still be read
      }
      seen.put(name, statuses(client));
    }
  }

  /** Returns the statuses and the resulting state of the connection. */
  private static String statuses(RawClient client) throws IOException {
    var statuses = new ArrayList<String>();
    client.silentAfter(4_000);
    try {
      for (int status = client.read().status(); status != 299; status = client.read().status()) {
        statuses.add(Integer.toString(status));
      }
      statuses.add("stays open");
    } catch (EOFException | SocketException closed) {
      statuses.add("closes");
    } catch (SocketTimeoutException silent) {
      statuses.add("waits");
    }
    return String.join(", ", statuses);
  }

  private String endless() throws IOException {
    try (RawClient client = connections.open()) {
      client.send(POST.formatted("/no", CHUNKED, ""));
      String status = Integer.toString(client.read().status());
      try {
        for (int i = 0; i < ENDLESS_CHUNKS; i++) {
          client.send(CHUNK);
        }
      } catch (SocketException closed) {
        return status + ", closes";
      }
      return status + ", reads on";
    }
  }

  private String targetSeen(String sent) throws Exception {
    target.call();
    try (RawClient client = connections.open()) {
      int status = client.send(GET.formatted(sent)).read().status();
      String shown = target.call();
      if (status != 200) {
        return Integer.toString(status);
      }
      return shown.equals(sent) ? "as sent" : "`" + shown + "`";
    }
  }
}
