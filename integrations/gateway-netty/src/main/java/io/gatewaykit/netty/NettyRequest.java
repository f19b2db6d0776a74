// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestTarget;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A view of a Netty request head. */
final class NettyRequest implements GatewayRequest {
  private final HttpRequest request;
  private final Headers headers;
  private final ClientAddress client;
  private final boolean secure;
  private final Attributes attributes = new Attributes();
  private @Nullable String path;
  private @Nullable List<String> alternativePaths;

  NettyRequest(HttpRequest request, Headers headers, ClientAddress client, boolean secure) {
    this.request = request;
    this.headers = headers;
    this.client = client;
    this.secure = secure;
  }

  /** A view of Netty header fields. */
  record View(HttpHeaders fields) implements Headers {
    @Override
    public @Nullable String first(String name) {
      return fields.get(name);
    }

    @Override
    public List<String> all(String name) {
      return fields.getAll(name);
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super String> consumer) {
      fields.forEach(field -> consumer.accept(field.getKey(), field.getValue()));
    }
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public String rawTarget() {
    return request.uri();
  }

  @Override
  public String protocol() {
    return request.protocolVersion().text();
  }

  @Override
  public String scheme() {
    return secure ? "https" : "http";
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
  public String path() {
    String known = path;
    if (known == null) {
      known = RequestTarget.normalizedPath(rawTarget());
      path = known;
    }
    return known;
  }

  @Override
  public List<String> alternativePaths() {
    List<String> known = alternativePaths;
    if (known == null) {
      known = RequestTarget.alternativePaths(rawTarget());
      alternativePaths = known;
    }
    return known;
  }
}
