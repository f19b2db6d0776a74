package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Headers;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** What a {@link Waf} looks at, as received. Immutable, but for the body's bytes. */
public final class WafRequest {
  private static final byte[] NO_BODY = {};

  private final String method;
  private final String rawTarget;
  private final Headers headers;
  private final byte[] body;
  private final boolean bodyComplete;
  private final @Nullable InetAddress client;

  private WafRequest(
      String method,
      String rawTarget,
      Headers headers,
      byte[] body,
      boolean bodyComplete,
      @Nullable InetAddress client) {
    this.method = requireNonNull(method, "method");
    this.rawTarget = requireNonNull(rawTarget, "rawTarget");
    this.headers = requireNonNull(headers, "headers");
    this.body = requireNonNull(body, "body");
    this.bodyComplete = bodyComplete;
    this.client = client;
  }

  /** Returns a request whose body is empty or not known yet. */
  public static WafRequest of(String method, String rawTarget, Headers headers) {
    return of(method, rawTarget, headers, NO_BODY);
  }

  /** Returns a request with a body, which is not copied and must not change. */
  public static WafRequest of(String method, String rawTarget, Headers headers, byte[] body) {
    return new WafRequest(method, rawTarget, headers, body, true, null);
  }

  /** Returns this request with a body, which is not copied and must not change. */
  public WafRequest withBody(byte[] body) {
    return new WafRequest(method, rawTarget, headers, body, true, client);
  }

  /**
   * Returns this request with the beginning of a body, which is not copied and must not change.
   * That something is still open at its end makes it no malformed body.
   */
  public WafRequest withBeginningOfBody(byte[] beginning) {
    return new WafRequest(method, rawTarget, headers, beginning, false, client);
  }

  /** Returns this request as sent by a client of this address. */
  public WafRequest withClient(InetAddress client) {
    return new WafRequest(
        method, rawTarget, headers, body, bodyComplete, requireNonNull(client, "client"));
  }

  /** Returns the method. */
  public String method() {
    return method;
  }

  /** Returns the request target, not decoded. */
  public String rawTarget() {
    return rawTarget;
  }

  /** Returns the header fields. */
  public Headers headers() {
    return headers;
  }

  @Nullable InetAddress client() {
    return client;
  }

  boolean bodyComplete() {
    return bodyComplete;
  }

  byte[] body() {
    return body;
  }
}
