// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LinesTest {
  @Test
  void next_longLine_isCutAndTheNextIsComplete() throws IOException {
    Lines lines = new Lines(new ByteArrayInputStream("abcdef\n\nghi".getBytes(UTF_8)), 4);

    assertThat(lines.next()).asString(UTF_8).isEqualTo("abcd");
    assertThat(lines.tooLong()).isTrue();
    assertThat(lines.next()).isEmpty();
    assertThat(lines.tooLong()).isFalse();
    assertThat(lines.next()).asString(UTF_8).isEqualTo("ghi");
    assertThat(lines.number()).isEqualTo(3);
    assertThat(lines.next()).isNull();
  }
}
