// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.gatewaykit.api.request.Cidr;
import io.gatewaykit.api.request.RequestTarget;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The header changes made by the proxy. Hop-by-hop fields are removed (RFC 9110 §7.6.1), and
 * forwarding fields added for the server. Immutable.
 */
final class HeaderRules {
  private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
  private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
  private static final AsciiString X_FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
  private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
  private static final AsciiString VIA = AsciiString.cached("via");
  private static final String PSEUDONYM = "1.1 gatewaykit";

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "http2-settings",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "upgrade",
          "proxy"); // no field of HTTP, but HTTP_PROXY of CGI programs

  /** Fields in which proxies report the client, the host or the target to servers. */
  private static final Set<String> OF_PROXIES =
      Set.of("forwarded", "x-real-ip", "x-original-url", "x-rewrite-url");

  private static final String X_FORWARDED = "x-forwarded-";

  /** Fields with equivalent spellings on some servers, such as {@code Content_Length}. */
  private static final Set<String> WITHOUT_TWINS =
      Set.of(
          "content-length",
          "content-type",
          "transfer-encoding",
          "host",
          "connection",
          "upgrade",
          "te",
          "trailer",
          "expect",
          "via",
          "authorization",
          "proxy-authorization",
          "cookie");

  /** Fields that delimit a message, or by which the guards or the application decide. */
  private static final Set<String> END_TO_END =
      Set.of(
          "authorization",
          "cache-control",
          "cookie",
          "expect",
          "host",
          "set-cookie",
          "trailer",
          "transfer-encoding");

  /** Fields that are needed before the body, or belong to a connection (RFC 9110 §6.5.1). */
  private static final Set<String> NEVER_IN_TRAILERS =
      Set.of(
          "age",
          "cache-control",
          "content-encoding",
          "content-length",
          "content-range",
          "content-type",
          "date",
          "expires",
          "host",
          "location",
          "retry-after",
          "set-cookie",
          "trailer",
          "transfer-encoding",
          "vary",
          "www-authenticate");

  private final List<Cidr> trustedProxies;

  HeaderRules(List<Cidr> trustedProxies) {
    this.trustedProxies = List.copyOf(trustedProxies);
  }

  /**
   * Returns the request to send to the server; the client's is not modified. The target is in
   * origin form. {@code Host} is the authority named by the client: in an absolute-form target, in
   * {@code Host}, or otherwise (HTTP/1.0) the address to which it connected.
   */
  HttpRequest toServer(HttpRequest request, InetAddress peer, InetSocketAddress local) {
    HttpHeaders from = request.headers();
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    boolean trusted = isTrusted(peer);
    Set<String> named = namedByConnection(from);
    for (Map.Entry<String, String> field : from) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name)
          && !named.contains(name)
          && !isTwin(name)
          && (trusted || !isOfProxies(name))) {
        to.add(field.getKey(), field.getValue());
      }
    }
    if (to.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      to.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED); // with this spelling
    }
    MaxForwards.decrement(request.method(), to);
    if (isWebSocket(request)) {
      to.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      to.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    }
    String target = request.uri();
    String host = authority(target, from.get(HttpHeaderNames.HOST), local);
    to.set(HttpHeaderNames.HOST, host);
    addForwarding(to, peer, host);
    to.add(VIA, PSEUDONYM);
    return new DefaultHttpRequest(
        HttpVersion.HTTP_1_1, request.method(), asSent(RequestTarget.originForm(target)), to);
  }

  private static String authority(String target, @Nullable String host, InetSocketAddress local) {
    String authority = RequestTarget.authority(target);
    if (authority != null) {
      return authority;
    }
    if (host != null && !host.isEmpty()) {
      return host;
    }
    String address = local.getAddress().getHostAddress();
    int zone = address.indexOf('%');
    address = zone < 0 ? address : address.substring(0, zone);
    boolean v6 = local.getAddress() instanceof Inet6Address;
    return (v6 ? "[" + address + "]" : address) + ":" + local.getPort();
  }

  /**
   * Returns the target in a form for which Netty writes the bytes that it has read: it decodes them
   * as ISO-8859-1 and encodes as UTF-8. Guards have rejected bytes that are not UTF-8.
   */
  private static String asSent(String target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) >= 0x80) {
        return new String(target.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
    }
    return target;
  }

  private static boolean isOfProxies(String name) {
    return name.startsWith(X_FORWARDED) || OF_PROXIES.contains(name);
  }

  /**
   * Returns whether a server that normalises names, like CGI and WSGI, would read the field as one
   * that describes the client or the end of the request.
   */
  private static boolean isTwin(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) {
        String folded = folded(name);
        return isOfProxies(folded) || WITHOUT_TWINS.contains(folded);
      }
    }
    return false;
  }

  private static String folded(String name) {
    char[] folded = name.toCharArray();
    for (int i = 0; i < folded.length; i++) {
      char c = folded[i];
      if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
        folded[i] = '-';
      }
    }
    return new String(folded);
  }

  private boolean isTrusted(InetAddress peer) {
    for (Cidr block : trustedProxies) {
      if (block.contains(peer)) {
        return true;
      }
    }
    return false;
  }

  private static void addForwarding(HttpHeaders to, InetAddress peer, String host) {
    String address = peer.getHostAddress();
    int zone = address.indexOf('%');
    address = zone < 0 ? address : address.substring(0, zone);
    append(to, X_FORWARDED_FOR, address);
    String node = peer instanceof Inet6Address ? "\"[" + address + "]\"" : address;
    append(to, FORWARDED, "for=" + node + ";proto=http");
    if (!to.contains(X_FORWARDED_PROTO)) {
      to.set(X_FORWARDED_PROTO, "http");
    }
    if (host != null && !to.contains(X_FORWARDED_HOST)) {
      to.set(X_FORWARDED_HOST, host);
    }
  }

  /** Repeated fields and one field with a list are equivalent; a single line is unambiguous. */
  private static void append(HttpHeaders to, AsciiString name, String value) {
    List<String> before = to.getAll(name);
    to.set(name, before.isEmpty() ? value : String.join(", ", before) + ", " + value);
  }

  /**
   * Converts the server's response for the client.
   *
   * @param keepAlive whether the client's connection stays open if possible
   */
  static void toClient(HttpResponse response, HttpRequest request, boolean keepAlive) {
    HttpHeaders headers = response.headers();
    removeHopByHop(headers);
    boolean http11 = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    if (response.status().code() == 204) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    }
    boolean framed = HttpUtil.isContentLengthSet(response) || isBodiless(response, request);
    if (!framed) {
      HttpUtil.setTransferEncodingChunked(response, http11);
    } else if (!http11) {
      headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    }
    boolean stays = keepAlive && (framed || http11);
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
    HttpUtil.setKeepAlive(headers, request.protocolVersion(), stays);
  }

  /** Converts the server's interim response for the client. */
  static HttpHeaders interim(HttpHeaders headers) {
    removeHopByHop(headers);
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    return headers;
  }

  private static void removeHopByHop(HttpHeaders headers) {
    Set<String> named = namedByConnection(headers);
    HOP_BY_HOP.forEach(headers::remove);
    named.forEach(headers::remove);
  }

  /** Removes all trailers of a request. */
  static void dropTrailers(LastHttpContent last) {
    if (!last.trailingHeaders().isEmpty()) {
      last.trailingHeaders().clear();
    }
  }

  /** Removes the trailers of a response that could override its head. */
  static void filterTrailers(LastHttpContent last) {
    HttpHeaders trailers = last.trailingHeaders();
    for (String sent : trailers.names()) {
      String name = sent.toLowerCase(Locale.ROOT);
      if (HOP_BY_HOP.contains(name) || NEVER_IN_TRAILERS.contains(name) || isTwin(name)) {
        trailers.remove(sent);
      }
    }
  }

  private static boolean isBodiless(HttpResponse response, HttpRequest request) {
    int status = response.status().code();
    return status == 204 || status == 304 || request.method().name().equals("HEAD");
  }

  /** Returns the fields that {@code Connection} names as hop-by-hop. */
  private static Set<String> namedByConnection(HttpHeaders headers) {
    Iterator<? extends CharSequence> fields =
        headers.valueCharSequenceIterator(HttpHeaderNames.CONNECTION);
    if (!fields.hasNext()) {
      return Set.of();
    }
    var names = new TreeSet<String>();
    do {
      String field = fields.next().toString().toLowerCase(Locale.ROOT);
      if (field.equals("close") || field.equals("keep-alive")) {
        continue; // the common case; removed anyway
      }
      for (String name : field.split(",", -1)) {
        names.add(name.strip());
      }
    } while (fields.hasNext());
    names.removeIf(HeaderRules::isEndToEnd);
    return names;
  }

  /**
   * Returns whether {@code Connection} cannot remove the field, since it is for all recipients (RFC
   * 9110 §7.6.1). Otherwise the server would read another request than the guards: without {@code
   * Content-Encoding}, a compressed body is a text.
   */
  private static boolean isEndToEnd(String name) {
    return name.startsWith("content-") || END_TO_END.contains(name) || isOfProxies(name);
  }

  /**
   * Returns whether a 101 accepts the WebSocket request, without extensions that the request does
   * not offer (RFC 6455 §4.1).
   */
  static boolean isConsent(HttpResponse response, HttpRequest request) {
    return isWebSocket(request)
        && namesWebSocket(response.headers())
        && (request.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)
            || !response.headers().contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
  }

  static boolean isWebSocket(HttpRequest request) {
    return request.method().name().equals("GET")
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && namesWebSocket(request.headers());
  }

  private static boolean namesWebSocket(HttpHeaders headers) {
    return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }
}
