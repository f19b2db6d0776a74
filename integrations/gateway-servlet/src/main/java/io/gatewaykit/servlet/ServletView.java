package io.gatewaykit.servlet;

import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestTarget;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A view of a servlet request's head, and of its header fields. */
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

  /** Whether the container has caught an exception of the application. */
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

  /** The URI is not decoded by the container, as the specification has it. */
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

  @Override
  public String path() {
    String known = path;
    if (known == null) {
      known = RequestTarget.normalizedPath(rawTarget());
      path = known;
    }
    return known;
  }
}
