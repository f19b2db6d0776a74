// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A view of the head of a servlet request and of its header fields. */
final class ServletView implements GatewayRequest, Headers {
  private final HttpServletRequest request;
  private final ClientAddress client;
  private final Attributes attributes = new Attributes();
  private @Nullable String target;
  private @Nullable String path;

  ServletView(HttpServletRequest request, ClientAddressResolver clients) {
    this.request = request;
    client = clients.resolve(request.getRemoteAddr(), this);
  }

  /** Returns whether the container has caught an exception of the application. */
  boolean hasError() {
    return request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) != null;
  }

  @Override
  public @Nullable String first(String name) {
    return request.getHeader(name);
  }

  @Override
  public List<String> all(String name) {
    return Collections.list(request.getHeaders(name));
  }

  @Override
  public void forEach(BiConsumer<? super String, ? super String> consumer) {
    for (String name : Collections.list(request.getHeaderNames())) {
      all(name).forEach(value -> consumer.accept(name, value));
    }
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  /**
   * Returns the URI and query. As the specification requires, the container does not decode the
   * URI.
   */
  @Override
  public String rawTarget() {
    String known = target;
    if (known == null) {
      String query = request.getQueryString();
      known = query == null ? request.getRequestURI() : request.getRequestURI() + "?" + query;
      target = known;
    }
    return known;
  }

  @Override
  public String protocol() {
    return request.getProtocol();
  }

  @Override
  public String scheme() {
    return request.getScheme();
  }

  @Override
  public Headers headers() {
    return this;
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
    Principal user = request.getUserPrincipal();
    return user == null ? null : user.getName();
  }

  /**
   * Returns the path by which the container selected the servlet, so that policies and the
   * application interpret the same path.
   */
  @Override
  public String path() {
    String known = path;
    if (known == null) {
      known = ContainerPath.of(request);
      path = known;
    }
    return known;
  }

  /** Returns the other paths that the application may derive from the target, for use by routes. */
  @SuppressWarnings("MissingOverride") // compiles with every version of the interface
  public List<String> alternativePaths() {
    return ContainerPath.alternatives(request.getRequestURI(), path());
  }
}
