// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import java.net.InetAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("AddressSelection") // literals only
class ClientAddressResolverTest {
  private static final ClientAddressResolver XFF =
      ClientAddressResolver.builder()
          .header(ForwardingHeader.X_FORWARDED_FOR)
          .trustedProxies("10.0.0.0/8", "192.168.1.1", "2001:db8:aaaa::/48")
          .build();
  private static final ClientAddressResolver FORWARDED =
      ClientAddressResolver.builder()
          .header(ForwardingHeader.FORWARDED)
          .trustedProxies("10.0.0.0/8")
          .build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          203.0.113.9 | 1.1.1.1                              | 203.0.113.9
          10.0.0.1    | 1.1.1.1                              | 1.1.1.1
          10.0.0.1    | 6.6.6.6, 1.1.1.1                     | 1.1.1.1
          10.0.0.1    | 6.6.6.6, 1.1.1.1, 10.2.0.1           | 1.1.1.1
          10.0.0.1    | 1.1.1.1,,  ,                         | 1.1.1.1
          10.0.0.1    | 10.1.1.1, 10.2.0.1                   | 10.1.1.1
          10.0.0.1    | 1.1.1.1, unknown                     | 10.0.0.1
          10.0.0.1    | 1.1.1.1, localhost                   | 10.0.0.1
          10.0.0.1    | 1.1.1.1, 010.0.0.1                   | 10.0.0.1
          10.0.0.1    | 1.1.1.1, 127.1                       | 10.0.0.1
          10.0.0.1    | 1.1.1.1:4711                         | 1.1.1.1
          10.0.0.1    | [2001:db8::1]:4711                   | 2001:db8::1
          10.0.0.1    | 2001:db8::1                          | 2001:db8::1
          10.0.0.1    | ::ffff:1.1.1.1                       | 1.1.1.1
          10.0.0.1    | 1.1.1.1, ::ffff:10.0.0.7             | 1.1.1.1
          10.0.0.1    | fe80::1%eth0                         | fe80::1
          2001:db8:aaaa::5 | 1.1.1.1                         | 1.1.1.1
          192.168.1.2 | 1.1.1.1                              | 192.168.1.2
          """)
  void resolve_xForwardedFor_stopsAtFirstUntrusted(String peer, String header, String expected)
      throws Exception {
    ClientAddress client = XFF.resolve(ip(peer), Headers.of("X-Forwarded-For", header));
    assertThat(client.address()).isEqualTo(InetAddress.getByName(expected));
    assertThat(client.peer()).isEqualTo(ip(peer));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          for=1.1.1.1                                       | 1.1.1.1
          for=6.6.6.6, For="1.1.1.1:99";proto=https         | 1.1.1.1
          for="[2001:db8:cafe::17]:4711"                    | 2001:db8:cafe::17
          proto=http;by=10.0.0.9;FOR=1.1.1.1                | 1.1.1.1
          for=1.1.1.1;for=2.2.2.2                           | 10.0.0.1
          for=_hidden                                       | 10.0.0.1
          for=unknown                                       | 10.0.0.1
          proto=https                                       | 10.0.0.1
          for="6.6.6.6, for=1.1.1.1                         | 1.1.1.1
          """)
  void resolve_forwarded_readsForParameter(String header, String expected) throws Exception {
    ClientAddress client = FORWARDED.resolve(ip("10.0.0.1"), Headers.of("forwarded", header));
    assertThat(client.address()).isEqualTo(InetAddress.getByName(expected));
  }

  @Test
  void resolve_repeatedLines_areOneListFromTheRight() {
    var headers = Headers.of("X-Forwarded-For", "6.6.6.6, 1.1.1.1", "x-forwarded-for", "10.0.0.2");
    assertThat(XFF.resolve(ip("10.0.0.1"), headers).address()).isEqualTo(ip("1.1.1.1"));
  }

  @Test
  void resolve_otherHeader_isIgnored() {
    var headers = Headers.of("Forwarded", "for=6.6.6.6");
    assertThat(XFF.resolve(ip("10.0.0.1"), headers).address()).isEqualTo(ip("10.0.0.1"));
  }

  @Test
  void resolve_moreHopsThanAllowed_stops() {
    var resolver =
        ClientAddressResolver.builder()
            .header(ForwardingHeader.X_FORWARDED_FOR)
            .trustedProxies("10.0.0.0/8")
            .maxHops(2)
            .build();
    var headers = Headers.of("X-Forwarded-For", "1.1.1.1, 10.0.0.4, 10.0.0.3, 10.0.0.2");
    assertThat(resolver.resolve(ip("10.0.0.1"), headers).address()).isEqualTo(ip("10.0.0.3"));
  }

  @Test
  void resolve_trustedHops_countsFromTheRight() {
    var resolver =
        ClientAddressResolver.builder()
            .header(ForwardingHeader.X_FORWARDED_FOR)
            .trustedHops(2)
            .build();
    var headers = Headers.of("X-Forwarded-For", "6.6.6.6, 1.1.1.1, 8.8.8.8");
    assertThat(resolver.resolve(ip("9.9.9.9"), headers).address()).isEqualTo(ip("1.1.1.1"));
  }

  @Test
  void resolve_ipv6_networkIsSlash64() throws Exception {
    InetAddress a = InetAddress.getByName("2001:db8:1:2:3:4:5:6");
    InetAddress b = InetAddress.getByName("2001:db8:1:2:ffff::1");
    var resolver = ClientAddressResolver.peer();
    assertThat(resolver.resolve(a, Headers.empty()).network())
        .isEqualTo(resolver.resolve(b, Headers.empty()).network())
        .isEqualTo(InetAddress.getByName("2001:db8:1:2::"));
  }

  @Test
  void build_trustWithoutHeader_isRejected() {
    assertThatThrownBy(() -> ClientAddressResolver.builder().trustedProxies("10.0.0.0/8").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("header: NONE");
    assertThatThrownBy(
            () -> ClientAddressResolver.builder().header(ForwardingHeader.FORWARDED).build())
        .hasMessageContaining("trustedProxies: none");
    assertThatThrownBy(() -> ClientAddressResolver.builder().trustedProxies("10.0.0.0/33"))
        .hasMessageContaining("33");
    assertThatThrownBy(() -> ClientAddressResolver.builder().trustedProxies("example.org"))
        .hasMessageContaining("example.org");
  }

  private static InetAddress ip(String literal) {
    return Objects.requireNonNull(IpLiteral.parse(literal), literal);
  }
}
