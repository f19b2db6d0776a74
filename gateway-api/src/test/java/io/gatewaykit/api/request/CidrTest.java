// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("AddressSelection") // literals only
class CidrTest {

  @Property(seed = "1")
  void contains_agreesWithArithmetic(
      @ForAll @Size(4) byte[] network,
      @ForAll @Size(4) byte[] address,
      @ForAll @IntRange(max = 32) int prefix)
      throws Exception {
    var cidr = new Cidr(InetAddress.getByAddress(network), prefix);
    boolean expected =
        new BigInteger(1, network)
            .shiftRight(32 - prefix)
            .equals(new BigInteger(1, address).shiftRight(32 - prefix));
    assertThat(cidr.contains(InetAddress.getByAddress(address))).isEqualTo(expected);
  }

  @Test
  void parse_hostBits_areCleared() {
    assertThat(Cidr.parse("10.1.2.3/8")).isEqualTo(Cidr.parse("10.0.0.0/8"));
    assertThat(Cidr.parse("10.1.2.3/8")).hasToString("10.0.0.0/8");
  }

  @Test
  void contains_otherFamily_isFalse() throws Exception {
    assertThat(Cidr.parse("0.0.0.0/0").contains(InetAddress.getByName("::1"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/33", "::/129", "a.b/8", "1.2.3"})
  void parse_garbage_isRejected(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
