// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  private void read(boolean visible) throws IOException {
    try (var bar = new ProgressBar(new PrintStream(shown, true, UTF_8), visible, 100);
        var in = bar.counting(new ByteArrayInputStream(new byte[100]))) {
      assertThat(in.readNBytes(50)).hasSize(50);
      assertThat(in.readAllBytes()).hasSize(50);
    }
  }

  @Test
  void counting_visible_showsThePartRead() throws IOException {
    read(true);
    assertThat(shown.toString(UTF_8)).contains("] 100 %").endsWith("\r");
  }

  @Test
  void counting_notOnATerminal_writesNothing() throws IOException {
    read(false);
    assertThat(shown.size()).isZero();
  }
}
