package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Headers;

/** What a {@link Waf} looks at, as received. */
public final class WafRequest {
  private final String method;
  private final String rawTarget;
  private final Headers headers;
  private final byte[] body;

  private WafRequest(String method, String rawTarget, Headers headers, byte[] body) {
    this.method = requireNonNull(method, "method");
    this.rawTarget = requireNonNull(rawTarget, "rawTarget");
    this.headers = requireNonNull(headers, "headers");
    this.body = requireNonNull(body, "body");
  }

  /** Returns a request whose body is empty or not known yet. */
  public static WafRequest of(String method, String rawTarget, Headers headers) {
    return of(method, rawTarget, headers, new byte[0]);
  }

  /** Returns a request with a body, which is not copied and must not change. */
  public static WafRequest of(String method, String rawTarget, Headers headers, byte[] body) {
    return new WafRequest(method, rawTarget, headers, body);
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

  byte[] body() {
    return body;
  }
}
