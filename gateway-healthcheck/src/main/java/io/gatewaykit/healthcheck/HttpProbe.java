// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.healthcheck.internal.wire.Http2Session;
import io.gatewaykit.healthcheck.internal.wire.HttpExpectation;
import io.gatewaykit.healthcheck.internal.wire.HttpSession;
import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.WebSocketSession;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends an HTTP request or a WebSocket handshake and checks the response. Immutable. */
public final class HttpProbe extends Probe {
  private static final Logger log = LoggerFactory.getLogger(HttpProbe.class);

  private static final String AGENT = "gatewaykit-healthcheck";

  /** The application protocol. */
  private enum Protocol {
    HTTP_1,
    HTTP_2,
    WEB_SOCKET
  }

  /**
   * The settings of a probe.
   *
   * @param headers alternating names and values
   */
  @SuppressWarnings("ArrayRecordComponent") // settings are never compared
  private record Settings(
      String path,
      Protocol protocol,
      String method,
      @Nullable String host,
      List<String> headers,
      byte[] body,
      boolean keepAlive,
      @Nullable ProbeTls tls,
      HttpExpectation expectation,
      @Nullable LoadHeader load) {}

  /** The header in which targets report their load, and its listener. */
  private record LoadHeader(String name, BiConsumer<String, LoadReport> listener) {
    HttpExpectation.HeaderListener of(Target target) {
      return new HttpExpectation.HeaderListener(name, value -> onValue(target.id(), value));
    }

    private void onValue(String targetId, String value) {
      LoadReport report = LoadReport.parse(value);
      if (report != null) {
        try {
          listener.accept(targetId, report);
        } catch (RuntimeException | LinkageError | AssertionError e) {
          log.warn("target {}: load listener threw an exception", targetId, e);
        }
      }
    }
  }

  private final Settings settings;

  // The parts of the request before and after the Host value. They are the same for all targets, so
  // they are built once and shared by all connections.
  private final byte[] beforeHost;
  private final byte[] afterHost;

  private HttpProbe(Settings settings) {
    this.settings = settings;
    beforeHost =
        (settings.method + " " + settings.path + " HTTP/1.1\r\nHost: ").getBytes(ISO_8859_1);
    afterHost = afterHost(settings);
  }

  /**
   * Returns a builder of a probe that sends {@code GET path}.
   *
   * @throws IllegalArgumentException if the path does not start with / or contains blanks
   */
  public static Builder builder(String path) {
    return new Builder(path);
  }

  static void checkHeaderName(String field, String name) {
    if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
      throw new IllegalArgumentException(field + ": \"" + name + "\" (expected: a token)");
    }
  }

  @Override
  @Nullable ProbeTls tls() {
    return settings.tls;
  }

  @Override
  @Nullable String alpn() {
    return settings.protocol == Protocol.HTTP_2 ? "h2" : "http/1.1";
  }

  @Override
  Session session(Target target) {
    LoadHeader load = settings.load;
    HttpExpectation expectation =
        load == null ? settings.expectation : settings.expectation.notifying(load.of(target));
    String authority =
        settings.host == null ? authority(target, settings.tls != null) : settings.host;
    return switch (settings.protocol) {
      case HTTP_1 ->
          new HttpSession(
              beforeHost,
              authority.getBytes(ISO_8859_1),
              afterHost,
              settings.method.equals("HEAD"),
              settings.keepAlive,
              expectation);
      case WEB_SOCKET -> new WebSocketSession(handshake(authority));
      case HTTP_2 ->
          new Http2Session(
              Http2Session.headerBlock(
                  settings.method, settings.tls != null, authority, settings.path, headers2()),
              settings.body.length == 0 ? null : settings.body,
              expectation);
    };
  }

  private List<String> headers2() {
    var lower = new ArrayList<String>(List.of("user-agent", AGENT));
    List<String> headers = settings.headers;
    for (int i = 0; i < headers.size(); i += 2) {
      lower.add(headers.get(i).toLowerCase(Locale.ROOT));
      lower.add(headers.get(i + 1));
    }
    return lower;
  }

  private byte[] handshake(String authority) {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(beforeHost);
    bytes.writeBytes(authority.getBytes(ISO_8859_1));
    bytes.writeBytes(afterHost);
    return bytes.toByteArray();
  }

  private static byte[] afterHost(Settings settings) {
    List<String> headers = settings.headers;
    byte[] body = settings.body;
    var head = new StringBuilder(160);
    head.append("\r\nUser-Agent: ").append(AGENT).append("\r\n");
    if (settings.protocol == Protocol.WEB_SOCKET) {
      head.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
          .append("Sec-WebSocket-Key: ")
          .append(WebSocketSession.KEY)
          .append("\r\n");
    } else if (!settings.keepAlive) {
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

  /** Collects the settings of an {@link HttpProbe}. Not thread-safe. */
  public static final class Builder {
    private static final int MAX_REQUEST_BODY = 64 * 1_024;

    private final String path;
    private final List<String> headers = new ArrayList<>();
    private @Nullable Protocol protocol;
    private @Nullable String method;
    private @Nullable String host;
    private byte @Nullable [] body;
    private boolean oneShot;
    private @Nullable ProbeTls tls;
    private @Nullable ExpectedResponse expected;
    private @Nullable LoadHeader load;

    private Builder(String path) {
      if (!path.matches("/[\\x21-\\x7e]*")) {
        throw new IllegalArgumentException(
            "path: \"" + path + "\" (expected: visible ASCII that begins with /)");
      }
      this.path = path;
    }

    /**
     * Sets the method, such as HEAD. Default: GET.
     *
     * @throws IllegalArgumentException if it is not upper-case letters
     */
    public Builder method(String method) {
      if (!method.matches("[A-Z]{1,20}")) {
        throw new IllegalArgumentException(
            "method: \"" + method + "\" (expected: upper-case letters)");
      }
      this.method = Arguments.once("method", this.method, method);
      return this;
    }

    /**
     * Sets the {@code Host}. Default: the target's host name or address.
     *
     * @throws IllegalArgumentException if it is not visible ASCII
     */
    public Builder host(String host) {
      this.host = Arguments.once("host", this.host, VisibleAscii.check("host", host));
      return this;
    }

    /**
     * Adds a header.
     *
     * @throws IllegalArgumentException if the name or value is not allowed in a header, or the
     *     probe sets this header itself
     */
    public Builder header(String name, String value) {
      checkHeaderName("header", name);
      if (name.toLowerCase(Locale.ROOT)
          .matches("host|connection|content-length|transfer-encoding|upgrade")) {
        throw new IllegalArgumentException(
            "header: \"" + name + "\" (expected: a header that the probe does not set)");
      }
      if (!value.matches("[\\x20-\\x7e\\t]*")) {
        throw new IllegalArgumentException(
            "header " + name + ": \"" + value + "\" (expected: one line of ASCII)");
      }
      headers.add(name);
      headers.add(value);
      return this;
    }

    /**
     * Sets the body, usually combined with {@link #method} POST. Set its content type with {@link
     * #header}. Default: none.
     *
     * @throws IllegalArgumentException if it is more than 64 KB
     */
    public Builder body(byte[] body) {
      if (body.length > MAX_REQUEST_BODY) {
        throw new IllegalArgumentException("body: " + body.length + " bytes (expected: 0..65536)");
      }
      this.body = Arguments.once("body", this.body, body.clone());
      return this;
    }

    /** Sets the requirements on the response. Default: a status of 200 to 399. */
    public Builder expect(ExpectedResponse response) {
      expected = Arguments.once("expect", expected, response);
      return this;
    }

    /** Opens a new connection for each request. Default: the connection is kept open. */
    public Builder oneShot() {
      oneShot = Arguments.once("oneShot", oneShot ? true : null, true);
      return this;
    }

    /** Uses HTTP/2: negotiated by ALPN with TLS, by prior knowledge without. Default: HTTP/1.1. */
    public Builder http2() {
      Arguments.excludes("http2", "webSocket", protocol == Protocol.WEB_SOCKET ? protocol : null);
      protocol = Arguments.once("http2", protocol, Protocol.HTTP_2);
      return this;
    }

    /** Opens and closes a WebSocket; the probe passes if the handshake completes. */
    public Builder webSocket() {
      Arguments.excludes("webSocket", "http2", protocol == Protocol.HTTP_2 ? protocol : null);
      protocol = Arguments.once("webSocket", protocol, Protocol.WEB_SOCKET);
      return this;
    }

    /** Uses TLS. Default: plain text. */
    public Builder tls(ProbeTls tls) {
      this.tls = Arguments.once("tls", this.tls, tls);
      return this;
    }

    /**
     * Sets the header field of responses in which targets report their load, such as {@link
     * LoadReport#HEADER}, in a format of {@link LoadReport#parse}. Default: none.
     *
     * @param listener called with the id of the target and the load, also for responses that do not
     *     pass; called on the engine thread, must not block
     * @throws IllegalArgumentException if the name is not allowed in a header
     */
    public Builder loadHeader(String name, BiConsumer<String, LoadReport> listener) {
      checkHeaderName("loadHeader", name);
      load =
          Arguments.once(
              "loadHeader", load, new LoadHeader(name, requireNonNull(listener, "listener")));
      return this;
    }

    /** Builds the probe. */
    public HttpProbe build() {
      ExpectedResponse response = expected == null ? ExpectedResponse.builder().build() : expected;
      return new HttpProbe(
          new Settings(
              path,
              protocol == null ? Protocol.HTTP_1 : protocol,
              method == null ? "GET" : method,
              host,
              List.copyOf(headers),
              body == null ? new byte[0] : body,
              !oneShot,
              tls,
              response.expectation(),
              load));
    }
  }
}
