package io.gatewaykit.api.request;

import java.net.InetAddress;

/** A request made of its parts. */
public record TestRequest(
    String method, String rawTarget, Headers headers, ClientAddress client, Attributes attributes)
    implements GatewayRequest {

  public static TestRequest get(String target, String... headers) {
    return of("GET", target, headers);
  }

  public static TestRequest of(String method, String target, String... headers) {
    InetAddress local = InetAddress.getLoopbackAddress();
    var client = new ClientAddress(local, local, local);
    return new TestRequest(method, target, Headers.of(headers), client, new Attributes());
  }

  @Override
  public String protocol() {
    return "HTTP/1.1";
  }

  @Override
  public String scheme() {
    return "http";
  }
}
