package io.gatewaykit.servlet;

import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestTarget;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Principal;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A view of a servlet request's head. */
final class ServletView implements GatewayRequest {
  private final HttpServletRequest request;
  private final Headers headers;
  private final ClientAddress client;
  private final Attributes attributes = new Attributes();
  private @Nullable String target;
  private @Nullable String path;

  ServletView(HttpServletRequest request, ClientAddressResolver clients) {
    this.request = request;
    headers = new Fields(request);
    client = clients.resolve(peer(request.getRemoteAddr()), headers);
  }

  /**
   * The container tells the peer as a literal, some in brackets; anything else, such as a Unix
   * socket, must become neither a DNS query nor an address that somebody trusts.
   */
  @SuppressWarnings("AddressSelection") // a literal has one address
  static InetAddress peer(@Nullable String literal) {
    try {
      if (literal != null && literal.matches("\\[?[0-9a-fA-F:.]+(%[0-9A-Za-z_.-]+)?\\]?")) {
        return InetAddress.getByName(literal.replaceAll("[\\[\\]]|%.*", ""));
      }
      return InetAddress.getByAddress(new byte[4]);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not a literal after all: " + literal, e);
    }
  }

  /** A view of the container's header fields. */
  private record Fields(HttpServletRequest request) implements Headers {
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
