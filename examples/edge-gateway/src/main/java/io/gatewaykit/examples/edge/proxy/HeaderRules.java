package io.gatewaykit.examples.edge.proxy;

import io.gatewaykit.api.request.Cidr;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a proxy changes in headers: fields that speak of one connection stay behind (RFC 9110
 * §7.6.1), and the server learns for whom it works. Immutable.
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
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "upgrade");

  /** Fields we write ourselves, so that nobody else can. */
  private static final Set<String> OURS =
      Set.of("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded");

  private final List<Cidr> trustedProxies;

  HeaderRules(List<Cidr> trustedProxies) {
    this.trustedProxies = List.copyOf(trustedProxies);
  }

  /** Returns the request as the server gets it; the client's stays as it is. */
  HttpRequest toServer(HttpRequest request, InetAddress peer) {
    HttpHeaders from = request.headers();
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    boolean trusted = isTrusted(peer);
    Set<String> named = namedByConnection(from);
    for (Map.Entry<String, String> field : from) {
      String name = field.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name)
          && !named.contains(name)
          && (trusted || !OURS.contains(name))) {
        to.add(field.getKey(), field.getValue());
      }
    }
    if (isWebSocket(request)) {
      to.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      to.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    }
    addForwarding(to, peer, from.get(HttpHeaderNames.HOST));
    to.add(VIA, PSEUDONYM);
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.uri(), to);
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

  /** Repeated fields and one field with a list mean the same; one line leaves no doubt. */
  private static void append(HttpHeaders to, AsciiString name, String value) {
    List<String> before = to.getAll(name);
    to.set(name, before.isEmpty() ? value : String.join(", ", before) + ", " + value);
  }

  /**
   * Makes the server's response the client's.
   *
   * @param keepAlive whether the client's connection stays open if it can
   * @return whether it can
   */
  static boolean toClient(HttpResponse response, HttpRequest request, boolean keepAlive) {
    HttpHeaders headers = response.headers();
    Set<String> named = namedByConnection(headers);
    HOP_BY_HOP.forEach(headers::remove);
    named.forEach(headers::remove);
    boolean http11 = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    boolean framed = HttpUtil.isContentLengthSet(response) || isBodiless(response, request);
    if (!framed && http11) {
      HttpUtil.setTransferEncodingChunked(response, true);
    } else if (!framed) {
      HttpUtil.setTransferEncodingChunked(response, false);
    }
    boolean stays = keepAlive && (framed || http11);
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
    HttpUtil.setKeepAlive(headers, request.protocolVersion(), stays);
    return stays;
  }

  private static boolean isBodiless(HttpResponse response, HttpRequest request) {
    int status = response.status().code();
    return status == 204 || status == 304 || request.method().name().equals("HEAD");
  }

  /** Returns the fields that {@code Connection} declares to be of this connection only. */
  private static Set<String> namedByConnection(HttpHeaders headers) {
    String only = headers.get(HttpHeaderNames.CONNECTION);
    if (only == null
        || HttpHeaderValues.KEEP_ALIVE.contentEqualsIgnoreCase(only)
        || HttpHeaderValues.CLOSE.contentEqualsIgnoreCase(only)) {
      return Set.of(); // nearly always
    }
    var names = new TreeSet<String>();
    for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
      for (String name : value.toLowerCase(Locale.ROOT).split(",", -1)) {
        names.add(name.strip());
      }
    }
    // These say where a message ends: naming them must not make that vanish.
    names.remove("content-length");
    names.remove("transfer-encoding");
    names.remove("host");
    return names;
  }

  static boolean isWebSocket(HttpRequest request) {
    HttpHeaders headers = request.headers();
    return request.method().name().equals("GET")
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }
}
