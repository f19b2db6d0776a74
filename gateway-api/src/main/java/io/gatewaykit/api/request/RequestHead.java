// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.internal.Arguments;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request built from its parts: for tests, for replaying recorded traffic, and for adapters to
 * servers that provide plain values. The parts are immutable, the attributes are not.
 *
 * <p>
 *
 * {@snippet :
 * GatewayRequest request =
 *     RequestHead.builder("GET", "/chat?room=1").headers("Host", "im.example.org").build();
 * }
 */
public final class RequestHead implements GatewayRequest {
  private final String method;
  private final String rawTarget;
  private final String protocol;
  private final String scheme;
  private final Headers headers;
  private final ClientAddress client;
  private final @Nullable String principal;
  private final Attributes attributes = new Attributes();

  private RequestHead(Builder builder) {
    method = builder.method;
    rawTarget = builder.rawTarget;
    protocol = requireNonNullElse(builder.protocol, "HTTP/1.1");
    scheme = requireNonNullElse(builder.scheme, "http");
    headers = requireNonNullElse(builder.headers, Headers.empty());
    client =
        Optional.ofNullable(builder.client)
            .orElseGet(() -> peer(InetAddress.getLoopbackAddress(), headers));
    principal = builder.principal;
  }

  /**
   * Returns a builder for a request over plain HTTP/1.1 from the loopback address, without headers.
   */
  public static Builder builder(String method, String rawTarget) {
    return new Builder(method, rawTarget);
  }

  private static ClientAddress peer(InetAddress address, Headers headers) {
    return ClientAddressResolver.peer().resolve(address, headers);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawTarget() {
    return rawTarget;
  }

  @Override
  public String protocol() {
    return protocol;
  }

  @Override
  public String scheme() {
    return scheme;
  }

  @Override
  public Headers headers() {
    return headers;
  }

  @Override
  public ClientAddress client() {
    return client;
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public @Nullable String principal() {
    return principal;
  }

  @Override
  public String toString() {
    return method + " " + path(); // the query may contain secrets
  }

  /** Collects the parts of a {@link RequestHead}. Not thread-safe. */
  public static final class Builder {
    private final String method;
    private final String rawTarget;
    private @Nullable String protocol;
    private @Nullable String scheme;
    private @Nullable Headers headers;
    private @Nullable ClientAddress client;
    private @Nullable String principal;

    private Builder(String method, String rawTarget) {
      this.method = requireNonNull(method, "method");
      this.rawTarget = requireNonNull(rawTarget, "rawTarget");
    }

    /** Sets the protocol. Default: {@code HTTP/1.1}. */
    public Builder protocol(String protocol) {
      this.protocol = Arguments.once("protocol", this.protocol, protocol);
      return this;
    }

    /** Sets the scheme. Default: {@code http}. */
    public Builder scheme(String scheme) {
      this.scheme = Arguments.once("scheme", this.scheme, scheme);
      return this;
    }

    /** Sets the header fields, as alternating names and values. Default: none. */
    public Builder headers(String... namesAndValues) {
      return headers(Headers.of(requireNonNull(namesAndValues, "namesAndValues")));
    }

    /** Sets the header fields. Default: none. */
    public Builder headers(Headers headers) {
      this.headers = Arguments.once("headers", this.headers, headers);
      return this;
    }

    /** Sets the client's address, without proxies. Default: the loopback address. */
    public Builder client(InetAddress address) {
      return client(peer(requireNonNull(address, "address"), Headers.empty()));
    }

    /** Sets the client. Default: the loopback address. */
    public Builder client(ClientAddress client) {
      this.client = Arguments.once("client", this.client, client);
      return this;
    }

    /** Sets the authenticated user's name. Default: none. */
    public Builder principal(String principal) {
      this.principal = Arguments.once("principal", this.principal, principal);
      return this;
    }

    /** Builds the request, with its own attributes. */
    public RequestHead build() {
      return new RequestHead(this);
    }
  }
}
