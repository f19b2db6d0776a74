package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import io.gatewaykit.healthcheck.internal.wire.Http2Session;
import io.gatewaykit.healthcheck.internal.wire.HttpExpectation;
import io.gatewaykit.healthcheck.internal.wire.HttpExpectation.HeaderMatch;
import io.gatewaykit.healthcheck.internal.wire.HttpSession;
import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.WebSocketSession;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends an HTTP request, or a WebSocket handshake, and judges the answer. Immutable. */
public final class HttpProbe extends Probe {
  private static final String AGENT = "gatewaykit-healthcheck";
  private static final int MAX_REQUEST_BODY = 64 * 1_024;
  private static final byte[] NOTHING = new byte[0];

  /** What is spoken. */
  private enum Protocol {
    HTTP_1,
    HTTP_2,
    WEB_SOCKET
  }

  private final String path;
  private Protocol protocol;
  private String method = "GET";
  private @Nullable String host;
  private List<String> headers = List.of(); // names and values in turn
  private byte[] body = NOTHING;
  private boolean keepAlive = true;
  private @Nullable ProbeTls tls;
  private HttpExpectation expectation;

  // The two parts of the request that all targets share, made once for all their connections.
  private volatile byte @Nullable [] beforeHost;
  private volatile byte @Nullable [] afterHost;

  private HttpProbe(String path, Protocol protocol) {
    if (!path.matches("/[\\x21-\\x7e]*")) {
      throw new IllegalArgumentException(
          "path: \"" + path + "\" (expected: visible ASCII that begins with /)");
    }
    this.path = path;
    this.protocol = protocol;
    var good = new BitSet();
    good.set(200, 400);
    var none = new BitSet();
    expectation = new HttpExpectation(good, none, none, List.of(), null, null, "", null);
  }

  static HttpProbe over1(String path) {
    return new HttpProbe(path, Protocol.HTTP_1);
  }

  static HttpProbe overWebSocket(String path) {
    return new HttpProbe(path, Protocol.WEB_SOCKET);
  }

  private HttpProbe with(Consumer<HttpProbe> change) {
    var copy = new HttpProbe(path, protocol);
    copy.method = method;
    copy.host = host;
    copy.headers = headers;
    copy.body = body;
    copy.keepAlive = keepAlive;
    copy.tls = tls;
    copy.expectation = expectation;
    change.accept(copy);
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
    return with(copy -> copy.method = method);
  }

  /**
   * Returns this probe with a {@code Host} of its own; without, it is the target's host name or
   * address.
   *
   * @throws IllegalArgumentException if it is not visible ASCII
   */
  public HttpProbe host(String host) {
    checkVisibleAscii("host", host);
    return with(copy -> copy.host = host);
  }

  /**
   * Returns this probe with one more header.
   *
   * @throws IllegalArgumentException if the name or value may not stand in a header, or the probe
   *     sets it itself
   */
  public HttpProbe header(String name, String value) {
    checkHeaderName("header", name);
    if (name.toLowerCase(Locale.ROOT)
        .matches("host|connection|content-length|transfer-encoding|upgrade")) {
      throw new IllegalArgumentException(
          "header: \"" + name + "\" (expected: other than what the probe sets itself)");
    }
    if (!value.matches("[\\x20-\\x7e\\t]*")) {
      throw new IllegalArgumentException(
          "header " + name + ": \"" + value + "\" (expected: one line of ASCII)");
    }
    var more = new ArrayList<>(headers);
    more.add(name);
    more.add(value);
    return with(copy -> copy.headers = List.copyOf(more));
  }

  private static void checkHeaderName(String field, String name) {
    if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      throw new IllegalArgumentException(field + ": \"" + name + "\" (expected: a token)");
    }
  }

  /**
   * Returns this probe with a body, usually with {@link #method} POST. Its type is a {@link
   * #header}.
   *
   * @throws IllegalArgumentException if it is more than 64 KB
   */
  public HttpProbe body(byte[] body) {
    if (body.length > MAX_REQUEST_BODY) {
      throw new IllegalArgumentException("body: " + body.length + " bytes (expected: 0..65536)");
    }
    return with(copy -> copy.body = body.clone());
  }

  /**
   * Returns this probe with these statuses as the good ones. Default: 200 to 399.
   *
   * @throws IllegalArgumentException if there is none, or one is not 100..599
   */
  public HttpProbe goodStatuses(int... statuses) {
    return expecting(StatusSet.of("goodStatuses", statuses), null, null, null);
  }

  /**
   * Returns this probe with these statuses as the good ones: statuses and ranges, added from left
   * to right, or taken away after {@code !}.
   *
   * @param statuses such as {@code 200-399,!301-303}
   * @throws IllegalArgumentException if it is not written so
   */
  public HttpProbe goodStatuses(String statuses) {
    return expecting(StatusSet.parse("goodStatuses", statuses), null, null, null);
  }

  /**
   * Returns this probe with statuses that take a target out at once, whatever the thresholds say.
   * Default: none. Envoy does so with all that are neither expected nor retriable.
   *
   * @param statuses written as for {@link #goodStatuses(String)}
   * @throws IllegalArgumentException if it is not written so
   */
  public HttpProbe failNowStatuses(String statuses) {
    return expecting(null, StatusSet.parse("failNowStatuses", statuses), null, null);
  }

  /**
   * Returns this probe with statuses by which a target says that it is about to leave: it passes
   * and drains, as with HAProxy's {@code disable-on-404}. Default: none.
   *
   * @param statuses written as for {@link #goodStatuses(String)}
   * @throws IllegalArgumentException if it is not written so
   */
  public HttpProbe drainStatuses(String statuses) {
    return expecting(null, null, StatusSet.parse("drainStatuses", statuses), null);
  }

  /**
   * Returns this probe with a header the answer must have.
   *
   * @throws IllegalArgumentException if the name is not a token
   */
  public HttpProbe expectHeader(String name, String value) {
    checkHeaderName("expectHeader", name);
    return expecting(null, null, null, new HeaderMatch(name, value, Cause.STATUS));
  }

  /**
   * Returns this probe with a header by which the target says who it is. If it is somebody else the
   * probe fails for {@link Cause#IDENTITY}: the address now belongs to another.
   *
   * @throws IllegalArgumentException if the name is not a token
   */
  public HttpProbe expectIdentity(String name, String value) {
    checkHeaderName("expectIdentity", name);
    return expecting(null, null, null, new HeaderMatch(name, value, Cause.IDENTITY));
  }

  private HttpProbe expecting(
      @Nullable BitSet good,
      @Nullable BitSet failNow,
      @Nullable BitSet draining,
      @Nullable HeaderMatch header) {
    HttpExpectation e = expectation;
    var matches = new ArrayList<>(e.headers());
    if (header != null) {
      matches.add(header);
    }
    var changed =
        new HttpExpectation(
            good == null ? e.good() : good,
            failNow == null ? e.failNow() : failNow,
            draining == null ? e.draining() : draining,
            List.copyOf(matches),
            e.failNowHeader(),
            e.degradedHeader(),
            e.bodyPart(),
            e.bodyPattern());
    return with(copy -> copy.expectation = changed);
  }

  /**
   * Returns this probe with headers by which a target speaks of itself; their values do not matter.
   *
   * @param failNow takes the target out at once, such as {@code
   *     x-envoy-immediate-health-check-fail}; null for none
   * @param degraded says that the target would rather have less, such as {@code x-envoy-degraded};
   *     null for none
   * @throws IllegalArgumentException if a name is not a token
   */
  public HttpProbe signals(@Nullable String failNow, @Nullable String degraded) {
    if (failNow != null) {
      checkHeaderName("failNow", failNow);
    }
    if (degraded != null) {
      checkHeaderName("degraded", degraded);
    }
    HttpExpectation e = expectation;
    var changed =
        new HttpExpectation(
            e.good(),
            e.failNow(),
            e.draining(),
            e.headers(),
            failNow,
            degraded,
            e.bodyPart(),
            e.bodyPattern());
    return with(copy -> copy.expectation = changed);
  }

  /** Returns this probe with a text, in UTF-8, that the first 256 KB of the body must contain. */
  public HttpProbe expectBody(String part) {
    return expectingBody(new String(part.getBytes(UTF_8), ISO_8859_1), null);
  }

  /**
   * Returns this probe with a pattern that must be found in the first 256 KB of the body, read as
   * ISO 8859-1. It runs on the engine's thread: use no pattern that backtracks for long.
   */
  public HttpProbe expectBody(Pattern pattern) {
    return expectingBody("", requireNonNull(pattern, "pattern"));
  }

  private HttpProbe expectingBody(String part, @Nullable Pattern pattern) {
    HttpExpectation e = expectation;
    var changed =
        new HttpExpectation(
            e.good(),
            e.failNow(),
            e.draining(),
            e.headers(),
            e.failNowHeader(),
            e.degradedHeader(),
            part,
            pattern);
    return with(copy -> copy.expectation = changed);
  }

  /** Returns this probe with a connection of its own for each question. */
  public HttpProbe oneShot() {
    return with(copy -> copy.keepAlive = false);
  }

  /**
   * Returns this probe over HTTP/2: with TLS by agreement in the handshake, without by prior
   * knowledge.
   *
   * @throws IllegalArgumentException if it is a WebSocket probe
   */
  public HttpProbe http2() {
    if (protocol == Protocol.WEB_SOCKET) {
      throw new IllegalArgumentException("http2: WebSocket (expected: an HTTP probe)");
    }
    return with(copy -> copy.protocol = Protocol.HTTP_2);
  }

  /** Returns this probe over TLS. */
  public HttpProbe tls(ProbeTls tls) {
    requireNonNull(tls, "tls");
    return with(copy -> copy.tls = tls);
  }

  @Override
  @Nullable ProbeTls tls() {
    return tls;
  }

  @Override
  @Nullable String alpn() {
    return protocol == Protocol.HTTP_2 ? "h2" : "http/1.1";
  }

  @Override
  Session session(Target target) {
    String authority = host == null ? authority(target) : host;
    return switch (protocol) {
      case HTTP_1 ->
          new HttpSession(
              beforeHost(),
              authority.getBytes(ISO_8859_1),
              afterHost(),
              method.equals("HEAD"),
              keepAlive,
              expectation);
      case WEB_SOCKET -> new WebSocketSession(handshake(authority));
      case HTTP_2 ->
          new Http2Session(
              Http2Session.headerBlock(method, tls != null, authority, path, headers2()),
              body.length == 0 ? null : body,
              expectation);
    };
  }

  private List<String> headers2() {
    var lower = new ArrayList<String>(List.of("user-agent", AGENT));
    for (int i = 0; i < headers.size(); i += 2) {
      lower.add(headers.get(i).toLowerCase(Locale.ROOT));
      lower.add(headers.get(i + 1));
    }
    return lower;
  }

  private byte[] beforeHost() {
    byte[] ready = beforeHost;
    if (ready == null) {
      ready = (method + " " + path + " HTTP/1.1\r\nHost: ").getBytes(ISO_8859_1);
      beforeHost = ready;
    }
    return ready;
  }

  private byte[] afterHost() {
    byte[] ready = afterHost;
    if (ready == null) {
      ready = rest();
      afterHost = ready;
    }
    return ready;
  }

  private byte[] handshake(String authority) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(beforeHost());
    bytes.writeBytes(authority.getBytes(ISO_8859_1));
    bytes.writeBytes(afterHost());
    return bytes.toByteArray();
  }

  private byte[] rest() {
    var head = new StringBuilder(160);
    head.append("\r\nUser-Agent: ").append(AGENT).append("\r\n");
    if (protocol == Protocol.WEB_SOCKET) {
      head.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
          .append("Sec-WebSocket-Key: ")
          .append(WebSocketSession.KEY)
          .append("\r\n");
    } else if (!keepAlive) {
      head.append("Connection: close\r\n");
    }
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    for (int i = 0; i < headers.size(); i += 2) {
      head.append(headers.get(i)).append(": ").append(headers.get(i + 1)).append("\r\n");
    }
    var bytes = new ByteArrayOutputStream(head.length() + 2 + body.length);
    bytes.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
    bytes.writeBytes(body);
    return bytes.toByteArray();
  }
}
