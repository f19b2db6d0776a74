// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import java.util.List;

/**
 * The session affinity of clients.
 *
 * @param cookie the name of the cookie that contains the token
 * @param secure whether clients send the cookie over TLS only
 * @param movesBack whether clients leave a line that receives no other traffic
 * @param keys the signing keys: the first signs, all verify
 */
public record StickyConfig(String cookie, boolean secure, boolean movesBack, List<StickyKey> keys) {
  /** Copies the list. */
  public StickyConfig {
    keys = List.copyOf(keys);
  }

  /**
   * A key that signs tokens.
   *
   * @param number the number of the key, the same in all gateways
   * @param hex its bytes, in hexadecimal
   */
  public record StickyKey(int number, String hex) {
    /** Returns the number without the key. */
    @Override
    public String toString() {
      return "key " + number;
    }
  }
}
