package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Sends an HTTP/1.1 request and judges the answer. Immutable. */
public final class HttpProbe extends Probe {
  // The key and answer of RFC 6455, section 1.3: probes need no secret key.
  private static final String WEB_SOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String WEB_SOCKET_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final int SWITCHING_PROTOCOLS = 101;

  private final String path;
  private final boolean webSocket;
  private String method = "GET";
  private @Nullable String host;
  private String headers = "";
  private BitSet good = new BitSet();
  private byte[] bodyPart = new byte[0];
  private boolean keepAlive = true;
  private @Nullable ProbeTls tls;

  HttpProbe(String path, boolean webSocket) {
    if (!path.matches("/[\\x21-\\x7e]*")) {
      throw new IllegalArgumentException(
          "path: \"" + path + "\" (expected: visible ASCII that begins with /)");
    }
    this.path = path;
    this.webSocket = webSocket;
    if (webSocket) {
      good.set(SWITCHING_PROTOCOLS);
    } else {
      good.set(200, 400);
    }
  }

  private HttpProbe copy() {
    var copy = new HttpProbe(path, webSocket);
    copy.method = method;
    copy.host = host;
    copy.headers = headers;
    copy.good = good;
    copy.bodyPart = bodyPart;
    copy.keepAlive = keepAlive;
    copy.tls = tls;
    return copy;
  }

  /**
   * Returns this probe with another method, such as HEAD.
   *
   * @throws IllegalArgumentException if it is not upper-case letters
   */
  public HttpProbe method(String method) {
    if (!method.matches("[A-Z]{1,20}")) {
      throw new IllegalArgumentException(
          "method: \"" + method + "\" (expected: upper-case letters)");
    }
    HttpProbe copy = copy();
    copy.method = method;
    return copy;
  }

  /**
   * Returns this probe with a {@code Host} of its own.
   *
   * @throws IllegalArgumentException if it is not visible ASCII
   */
  public HttpProbe host(String host) {
    HttpProbe copy = copy();
    copy.host = checkVisibleAscii("host", host);
    return copy;
  }

  /**
   * Returns this probe with one more header.
   *
   * @throws IllegalArgumentException if the name or value may not stand in a header, or the probe
   *     sets it itself
   */
  public HttpProbe header(String name, String value) {
    if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
        || name.toLowerCase(Locale.ROOT).matches("host|connection|content-length|upgrade")) {
      throw new IllegalArgumentException(
          "header: \"" + name + "\" (expected: a token other than what the probe sets itself)");
    }
    if (!value.matches("[\\x20-\\x7e\\t]*")) {
      throw new IllegalArgumentException(
          "header " + name + ": \"" + value + "\" (expected: one line of ASCII)");
    }
    HttpProbe copy = copy();
    copy.headers = headers + name + ": " + value + "\r\n";
    return copy;
  }

  /**
   * Returns this probe with these statuses as the good ones.
   *
   * @throws IllegalArgumentException if there is none, or one is not 100..599
   */
  public HttpProbe goodStatuses(int... statuses) {
    HttpProbe copy = copy();
    copy.good = StatusSet.of("goodStatuses", statuses);
    return copy;
  }

  /**
   * Returns this probe with these statuses as the good ones: statuses and ranges, added from left
   * to right, or taken away after {@code !}.
   *
   * @param statuses such as {@code 200-399,!301-303}
   * @throws IllegalArgumentException if it is not written so
   */
  public HttpProbe goodStatuses(String statuses) {
    HttpProbe copy = copy();
    copy.good = StatusSet.parse("goodStatuses", statuses);
    return copy;
  }

  /** Returns this probe with a text, in UTF-8, that the first 256 KB of the body must contain. */
  public HttpProbe expectBody(String part) {
    HttpProbe copy = copy();
    copy.bodyPart = part.getBytes(UTF_8);
    return copy;
  }

  /** Returns this probe with a connection of its own for each question. */
  public HttpProbe oneShot() {
    HttpProbe copy = copy();
    copy.keepAlive = false;
    return copy;
  }

  /** Returns this probe over TLS. */
  public HttpProbe tls(ProbeTls tls) {
    HttpProbe copy = copy();
    copy.tls = requireNonNull(tls, "tls");
    return copy;
  }

  @Override
  @Nullable ProbeTls tls() {
    return tls;
  }

  @Override
  Session session(InetSocketAddress address) {
    byte[] request = request(address).getBytes(ISO_8859_1);
    return new Session() {
      @Override
      public void begin(ByteArrayOutputStream out) {
        out.writeBytes(request);
      }

      @Override
      public @Nullable Ending receive(Inbox in, ByteArrayOutputStream out) {
        HttpAnswer answer = HttpAnswer.read(in.bytes, in.to, in.ended, method.equals("HEAD"));
        return answer == null ? null : judge(answer);
      }
    };
  }

  private String request(InetSocketAddress address) {
    String connection =
        webSocket
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: "
                + WEB_SOCKET_KEY
                + "\r\n"
            : keepAlive ? "" : "Connection: close\r\n";
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: "
        + (host == null ? authority(address) : host)
        + "\r\nUser-Agent: gatewaykit-healthcheck\r\n"
        + connection
        + headers
        + "\r\n";
  }

  private Session.Ending judge(HttpAnswer answer) {
    String problem = answer.problem();
    if (problem != null) {
      boolean broke = problem.startsWith("closed");
      return Session.Ending.failed(broke ? Report.TCP_FAILURE : Report.HTTP_FAILURE, problem);
    }
    int status = answer.status();
    boolean reusable = keepAlive && !webSocket && answer.reusable();
    if (!good.get(status)) {
      return new Session.Ending(Report.HTTP_FAILURE, status, Details.OF_STATUS[status], reusable);
    }
    if (webSocket && !WEB_SOCKET_ACCEPT.equals(answer.header("sec-websocket-accept"))) {
      return Session.Ending.failed(
          Report.HTTP_FAILURE, "answered the WebSocket handshake with a wrong key");
    }
    if (!contains(answer.body(), bodyPart)) {
      return new Session.Ending(
          Report.HTTP_FAILURE, status, "the body lacks the expected text", reusable);
    }
    return new Session.Ending(Report.SUCCESS, status, Details.OF_STATUS[status], reusable);
  }

  /** Ready texts, so that a probe of a healthy target makes none. */
  private static final class Details {
    static final String[] OF_STATUS = new String[600];

    static {
      for (int status = 0; status < OF_STATUS.length; status++) {
        OF_STATUS[status] = "status " + status;
      }
    }
  }

  private static boolean contains(byte[] body, byte[] part) {
    return part.length == 0 || new String(body, ISO_8859_1).contains(new String(part, ISO_8859_1));
  }
}
