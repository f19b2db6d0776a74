// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

@SuppressWarnings("AddressSelection") // literals only
class IpLiteralPropertyTest {

  @Property(seed = "1")
  void parse_formattedByTheJdk_isTheSameAddress(@ForAll @Size(16) byte[] bytes) throws Exception {
    InetAddress address = InetAddress.getByAddress(bytes);
    assertThat(IpLiteral.parse(address.getHostAddress())).isEqualTo(address);
  }

  @Property(seed = "1")
  void parse_ipv4_isTheSameAddress(@ForAll @Size(4) byte[] bytes) throws Exception {
    InetAddress address = InetAddress.getByAddress(bytes);
    assertThat(IpLiteral.parse(address.getHostAddress())).isEqualTo(address);
  }

  /**
   * The JDK parses a text with a colon as a literal without a DNS query, so it can be the oracle.
   */
  @Property(tries = 20_000, seed = "1")
  void parse_anyColonText_acceptsOnlyWhatTheJdkAccepts(
      @ForAll @StringLength(max = 24) @CharRange(from = '0', to = '3') @Chars({':', '.', 'a', 'F'})
          String text) {
    String literal = ":" + text;
    InetAddress ours = IpLiteral.parse(literal);
    if (ours == null) {
      return;
    }
    try {
      assertThat(ours).isEqualTo(InetAddress.getByName(literal));
    } catch (UnknownHostException e) {
      throw new AssertionError("accepted " + literal, e);
    }
  }

  @Property(seed = "1")
  void parse_compressedGroups_isTheSameAddress(
      @ForAll @IntRange(max = 6) int before, @ForAll @IntRange(max = 6) int after)
      throws Exception {
    if (before + after > 7) {
      return;
    }
    String literal = "1:".repeat(before) + (before == 0 ? "::" : ":") + "2:".repeat(after);
    literal = after == 0 ? literal : literal.substring(0, literal.length() - 1);
    assertThat(IpLiteral.parse(literal)).isEqualTo(InetAddress.getByName(literal));
  }

  @Property(seed = "1")
  void parse_anything_neverThrows(@ForAll String text) {
    InetAddress parsed = IpLiteral.parse(text);
    assertThat(parsed == null || text.matches("[0-9a-fA-F:.]+")).isTrue();
  }
}
