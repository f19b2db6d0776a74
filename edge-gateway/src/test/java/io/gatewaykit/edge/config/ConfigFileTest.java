// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest implements ConfigFile.Listener {
  private static final Duration LOOK = Duration.ofMillis(5);

  @TempDir Path folder;
  private Path path;
  private final List<GatewayConfig> applied = new CopyOnWriteArrayList<>();
  private final List<Boolean> truncated = new CopyOnWriteArrayList<>();
  private final List<List<String>> refused = new CopyOnWriteArrayList<>();

  @BeforeEach
  void writeFile() throws IOException {
    path = folder.resolve("edge.yaml");
    write(9001);
  }

  @Override
  public void onConfig(GatewayConfig config, boolean truncated) throws ConfigException {
    if (config.lines().get(0).name().equals("unwanted")) {
      throw new ConfigException(List.of("unwanted"));
    }
    applied.add(config);
    this.truncated.add(truncated);
  }

  @Override
  public void onRejected(List<String> problems) {
    refused.add(problems);
  }

  private void write(int port) throws IOException {
    write("lines: [{name: one, endpoints: [{address: '127.0.0.1:" + port + "'}]}]\n");
  }

  /** Writes atomically, as editors and deployments do: the watcher never reads a partial file. */
  private void write(String text) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), text);
    Files.move(next, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void load_missingFile_isReported() {
    try (var file = new ConfigFile(folder.resolve("none.yaml"))) {
      assertThatThrownBy(file::load)
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              folder.resolve("none.yaml") + ": no such file (expected: a readable YAML file)");
    }
  }

  @Test
  void watch_validChange_isHandedOver() throws Exception {
    try (var file = new ConfigFile(path)) {
      file.load();
      file.watch(LOOK, this);
      write(9002);
      await().until(() -> applied.size() == 1);
      assertThat(applied.get(0).lines().get(0).endpoints().get(0).address().getPort())
          .isEqualTo(9002);
      assertThat(refused).isEmpty();
    }
  }

  @Test
  void watch_beginningOfTheFile_looksTruncated_andARemovalDoesNot() throws Exception {
    String lines = "lines:\n- {name: one, endpoints: [{address: '127.0.0.1:9001'}]}\n";
    String route = "routes:\n- {name: a}\n";
    List<String> texts =
        List.of(
            lines,
            lines + route,
            route + lines,
            lines,
            lines + route + "- {name: b, path: /b}\n",
            lines + route + "- {name: b}",
            lines + route);
    try (var file = new ConfigFile(path)) {
      write(lines + route);
      file.load();
      for (String text : texts) {
        write(text);
        file.poll(this);
        file.poll(this);
      }
    }
    assertThat(refused).isEmpty();
    assertThat(truncated).containsExactly(true, false, false, false, false, true, true);
  }

  @Test
  void watch_invalidChange_isRejectedOnceAndCanBeCorrected() throws Exception {
    try (var file = new ConfigFile(path)) {
      file.load();
      file.watch(LOOK, this);
      write("lines: 5\n");
      await().until(() -> !refused.isEmpty());
      write(9003);
      await().until(() -> applied.size() == 1);
      assertThat(refused).hasSize(1);
      assertThat(refused.get(0).get(0)).startsWith(path + ":1:8: lines: 5 (expected: a list)");
    }
  }

  @Test
  void watch_fileThatIsStillWritten_isNotApplied() throws Exception {
    try (var file = new ConfigFile(path)) {
      file.load();
      file.poll(this);
      write("lines: [{name: half, endpoints: [{address: '127.0.0.1:9005'}]}]\n");
      file.poll(this);
      write(9006);
      file.poll(this);
      assertThat(applied).isEmpty();
      file.poll(this);
      assertThat(applied).singleElement().matches(c -> c.lines().get(0).name().equals("one"));
      assertThat(refused).isEmpty();
    }
  }

  @Test
  void watch_deletedFile_isReportedOnceUntilRestored() throws Exception {
    try (var file = new ConfigFile(path)) {
      file.load();
      file.watch(LOOK, this);
      Files.delete(path);
      await().until(() -> !refused.isEmpty());
      write(9004);
      await().until(() -> applied.size() == 1);
      assertThat(refused).hasSize(1);
      assertThat(refused.get(0).get(0)).contains("no such file");
    }
  }

  @Test
  void watch_listenerThrows_isReported() throws Exception {
    try (var file = new ConfigFile(path)) {
      file.load();
      file.watch(LOOK, this);
      write("lines: [{name: unwanted, endpoints: [{address: '127.0.0.1:1'}]}]\n");
      await().until(() -> !refused.isEmpty());
      assertThat(refused).containsExactly(List.of("unwanted"));
    }
  }
}
