// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class HeadersTest {

  @Test
  void all_anyCase_inOrder() {
    Headers headers = Headers.of("A", "1", "b", "2", "a", "3");
    assertThat(headers.all("a")).containsExactly("1", "3");
    assertThat(headers.first("B")).isEqualTo("2");
    assertThat(headers.first("c")).isNull();
    assertThat(headers.all("c")).isEmpty();
  }

  @Test
  void toString_hidesValues() {
    assertThat(Headers.of("Authorization", "secret").toString()).doesNotContain("secret");
  }

  @Test
  void of_oddCount_isRejected() {
    assertThatThrownBy(() -> Headers.of("a"))
        .hasMessage("namesAndValues.length: 1 (expected: an even number)");
  }

  @Test
  void attributes_setReplacesAndRemoves() {
    AttributeKey<String> key = AttributeKey.of("k");
    AttributeKey<String> twin = AttributeKey.of("k");
    var attributes = new Attributes();
    attributes.set(key, "1");
    attributes.set(twin, "2");
    attributes.set(key, "3");
    assertThat(attributes.get(key)).isEqualTo("3");
    assertThat(attributes.get(twin)).isEqualTo("2");
    attributes.set(key, null);
    assertThat(attributes.get(key)).isNull();
  }

  @Test
  void bodyView_readersAreIndependent() {
    BodyView body = BodyView.of(new byte[] {1, 2, 3});
    ByteBuffer first = body.bytes();
    first.get();
    assertThat(body.bytes().remaining()).isEqualTo(3);
    assertThat(body.bytes().isReadOnly()).isTrue();
    assertThat(body.length()).isEqualTo(3);
  }
}
