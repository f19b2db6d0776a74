// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.net.InetAddress;

/**
 * A block of IP addresses such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}. An address without a
 * prefix is a block of one.
 *
 * @param network the block's first address
 * @param prefixLength the number of leading bits that are fixed: 0 to 32 for IPv4, 0 to 128 for
 *     IPv6
 */
public record Cidr(InetAddress network, int prefixLength) {

  /**
   * Validates the prefix and clears the bits after it.
   *
   * @throws IllegalArgumentException if the prefix length is out of range
   */
  public Cidr(InetAddress network, int prefixLength) {
    int bits = requireNonNull(network, "network").getAddress().length * 8;
    Arguments.range("prefixLength", prefixLength, 0, bits);
    this.network = truncate(network, prefixLength);
    this.prefixLength = prefixLength;
  }

  /**
   * Parses {@code address/prefix} or a single address. Host names are rejected; there is no DNS
   * lookup.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static Cidr parse(String text) {
    int slash = requireNonNull(text, "text").indexOf('/');
    InetAddress address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
    int prefix = slash < 0 ? -1 : prefix(text.substring(slash + 1));
    if (address == null || slash >= 0 && prefix < 0) {
      throw Arguments.outside(
          "cidr", "\"" + text + "\"", "an IP address or ADDRESS/PREFIX, such as 10.0.0.0/8");
    }
    return new Cidr(address, slash < 0 ? address.getAddress().length * 8 : prefix);
  }

  /** Returns whether the block contains the address. IPv4 blocks contain IPv4 addresses only. */
  public boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] theirs = address.getAddress();
    if (mine.length != theirs.length) {
      return false;
    }
    int fullBytes = prefixLength / 8;
    for (int i = 0; i < fullBytes; i++) {
      if (mine[i] != theirs[i]) {
        return false;
      }
    }
    int rest = prefixLength % 8;
    return rest == 0 || ((mine[fullBytes] ^ theirs[fullBytes]) & 0xFF) >>> 8 - rest == 0;
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + prefixLength;
  }

  /**
   * Returns the address with all bits after the prefix cleared; the same object if they already
   * are.
   */
  static InetAddress truncate(InetAddress address, int prefixLength) {
    byte[] bytes = address.getAddress();
    if (prefixLength >= bytes.length * 8) {
      return address;
    }
    for (int i = 0; i < bytes.length; i++) {
      int keep = Math.max(0, Math.min(8, prefixLength - i * 8));
      bytes[i] &= (byte) (0xFF << 8 - keep);
    }
    return IpLiteral.of(bytes);
  }

  private static int prefix(String digits) {
    if (digits.isEmpty() || digits.length() > 3) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + c - '0';
    }
    return value;
  }
}
