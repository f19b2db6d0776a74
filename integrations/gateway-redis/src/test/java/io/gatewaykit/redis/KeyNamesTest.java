// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class KeyNamesTest {
  /** Else the key "ip:x" of "login" would be the key "x" of "login:ip". */
  @Test
  void checked_colon_isRejected() {
    assertThatThrownBy(() -> KeyNames.checked("login:ip"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("name: login:ip (expected: 1 to 100 printable ASCII characters, none a colon)");
    assertThat(KeyNames.checked("login/ip")).isEqualTo("login/ip");
    assertThat(KeyNames.checked("!9;~")).isEqualTo("!9;~");
  }

  @Test
  void apply_textOfALongKeysHash_isAnotherKey() {
    var names = new KeyNames<String>("login", key -> key);
    String hashed = names.apply("x".repeat(129));
    assertThat(hashed).matches("login:#[0-9a-f]{64}");
    assertThat(names.apply(hashed.substring("login:".length()))).isNotEqualTo(hashed);
    assertThat(names.apply("#")).hasSameSizeAs(hashed);
  }

  @Test
  void checked_hashTag_staysInTheName() {
    String name = KeyNames.checked("{login}.ip");
    assertThat(new KeyNames<String>(name, key -> key).apply("a:b")).isEqualTo("{login}.ip:a:b");
  }
}
