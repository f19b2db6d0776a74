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
 * Requests about which servers differ, and what a server was seen to make of them. The results of
 * all servers stand side by side in {@code docs/http-semantics.md}; each server's suite holds its
 * column of that table true.
 */
final class HttpSemantics {
  /** Requests to this path and below are refused by the guard. */
  static final String REFUSED = "/no";

  /** Requests to this path are refused by the guard once it has seen their body. */
  static final String BODY_REFUSED = "/read";

  private static final Path TABLE = Path.of("../../docs/http-semantics.md");
  private static final String GET = "GET %s HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String NEXT = GET.formatted("/299");
  private static final String POST = "POST %s HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n%s";
  private static final String CHUNKED = "Transfer-Encoding: chunked";

  /** Far more than what a server may read of a body that nobody wants. */
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

  /** Returns what the table says of the server. */
  static Map<String, String> documented(String server) throws IOException {
    int column = -1;
    var cells = new LinkedHashMap<String, String>();
    for (String line : Files.readAllLines(TABLE)) {
      List<String> row = List.of(line.split("\\|", -1)).stream().map(String::strip).toList();
      if (!line.startsWith("|") || line.startsWith("|--")) {
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
   * Tries all.
   *
   * @param target returns the target that the guard saw since it was last asked, or an empty text
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
    answers("`GET`, refused", GET.formatted("/no") + NEXT);
    answers("body of 5 bytes, refused by its head", post("/no", "Content-Length: 5", "hello"));
    answers("body of 5 bytes, refused by its text", post("/read", "Content-Length: 5", "hello"));
    answers("chunked body, refused by its head", post("/no", CHUNKED, "5\r\nhello\r\n0\r\n\r\n"));
    String large = "x".repeat(200_000);
    answers("body of 200,000 bytes, refused", post("/no", "Content-Length: 200000", large));
    seen.put("body of 64 MiB, refused", endless());
    String expecting = "Content-Length: 5\r\nExpect: 100-continue";
    answers("`Expect: 100-continue`, refused", POST.formatted("/no", expecting, ""));
    answers("`Expect: 100-continue`, allowed", POST.formatted("/", expecting, "hello") + NEXT);
    answers("`Expect: more`", post("/", "Content-Length: 5\r\nExpect: more", "hello"));
    answers(
        "three pipelined requests, the second refused",
        GET.formatted("/") + GET.formatted("/no") + NEXT);
  }

  private void framing() throws Exception {
    String chunks = "5\r\nhello\r\n0\r\n\r\n";
    answers(
        "`Content-Length` beside `Transfer-Encoding`",
        post("/", "Content-Length: 5\r\n" + CHUNKED, chunks));
    answers(
        "`Content-Length` twice, equal",
        post("/", "Content-Length: 5\r\nContent-Length: 5", "hello"));
    answers(
        "`Content-Length` twice, different",
        post("/", "Content-Length: 5\r\nContent-Length: 6", "hello"));
    answers("`Content-Length: +5`", post("/", "Content-Length: +5", "hello"));
    answers("`Content-Length: 5, 5`", post("/", "Content-Length: 5, 5", "hello"));
    answers("`Transfer-Encoding: gzip`", post("/", "Transfer-Encoding: gzip", ""));
    answers("`Transfer-Encoding` twice", post("/", CHUNKED + "\r\n" + CHUNKED, chunks));
    answers("`Transfer-Encoding: xchunked`", post("/", "Transfer-Encoding: xchunked", chunks));
    answers("chunk size `5;x=y`", post("/", CHUNKED, "5;x=y\r\nhello\r\n0\r\n\r\n"));
    answers("chunk size `0x5`", post("/", CHUNKED, "0x5\r\nhello\r\n0\r\n\r\n"));
    answers("chunk without its line end", post("/", CHUNKED, "5\r\nhello0\r\n\r\n"));
    answers("trailer behind the chunks", post("/", CHUNKED, "5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"));
  }

  private void heads() throws Exception {
    answers("HTTP/1.0", "GET / HTTP/1.0\r\n\r\n");
    answers("HTTP/1.7", "GET / HTTP/1.7\r\nHost: h\r\n\r\n" + NEXT);
    answers("HTTP/3.0", "GET / HTTP/3.0\r\nHost: h\r\n\r\n" + NEXT);
    answers("no `Host`", "GET / HTTP/1.1\r\n\r\n" + NEXT);
    answers("two `Host`s", "GET / HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n" + NEXT);
    answers("`Host: a/b`", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + NEXT);
    answers("space before the colon", field("X-A : 1"));
    answers("folded line", field("X-A: 1\r\n 2"));
    answers("line without a colon", field("X-A"));
    answers("NUL in a value", field("X-A: 1\0002"));
    answers("CR in a value", field("X-A: 1\r2"));
    answers("space in a name", field("X A: 1"));
    answers("lines ended by LF only", "GET / HTTP/1.1\nHost: h\n\n" + NEXT);
    answers("field of 100,000 bytes", field("X-A: " + "x".repeat(100_000)));
    answers("1,000 fields", field("X-A: 1\r\n".repeat(999) + "X-A: 1"));
    answers("target of 100,000 bytes", GET.formatted("/" + "x".repeat(100_000)) + NEXT);
    answers("method `PURGE`", "PURGE / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
    answers("method `get`", "get / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
    answers("method `G(T`", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n" + NEXT);
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

  private void answers(String name, String sent) throws Exception {
    try (RawClient client = connections.open()) {
      try {
        client.send(sent);
      } catch (SocketException closed) {
        // it need not read what it refuses; what it has said can be read yet
      }
      seen.put(name, answers(client));
    }
  }

  /** Returns the statuses, and what then became of the connection. */
  private static String answers(RawClient client) throws IOException {
    var statuses = new ArrayList<String>();
    client.silentAfter(4_000);
    try {
      for (int status = client.read().status(); status != 299; status = client.read().status()) {
        statuses.add(Integer.toString(status));
      }
      statuses.add("goes on");
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
