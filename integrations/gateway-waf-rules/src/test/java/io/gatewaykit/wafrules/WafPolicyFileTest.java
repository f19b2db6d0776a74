// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.IncidentLog;
import io.gatewaykit.waf.WafMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy file that changes while its guard is in use. */
class WafPolicyFileTest {
  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void write() throws IOException {
    path = folder.resolve("waf.yaml");
    write("old");
  }

  private void write(String word) throws IOException {
    Files.writeString(
        path, "families: []\nrules: [{id: patch, when: [{on: arg, contains: " + word + "}]}]\n");
  }

  private static boolean blocks(WafPolicyFile file, String word) {
    RequestHead request = RequestHead.builder("GET", "/?a=" + word).build();
    return file.guard().onHead(request) instanceof Verdict.Reject;
  }

  @Test
  void change_thatIsValid_takesEffectAutomatically() throws Exception {
    IncidentLog log = new IncidentLog(10);
    try (WafPolicyFile file =
        WafPolicyFile.builder(path)
            .interval(Duration.ofMillis(10))
            .additions(waf -> waf.listener(log))
            .open()) {
      assertThat(blocks(file, "old")).isTrue();
      write("new");
      await().until(() -> file.reloads() == 1);
      assertThat(blocks(file, "new")).isTrue();
      assertThat(blocks(file, "old")).isFalse();
      assertThat(log.incidents()).hasSize(2);
    }
  }

  @Test
  void change_thatIsInvalid_isReportedAndTheLastValidOneRemains() throws Exception {
    try (WafPolicyFile file = WafPolicyFile.builder(path).interval(Duration.ofHours(1)).open()) {
      Files.writeString(path, "mode: blok\n");
      assertThat(file.reload()).isFalse();
      assertThat(file.problems())
          .singleElement()
          .hasToString(path + ":1:7: mode: blok (expected: one of off, detect, block)");
      assertThat(blocks(file, "old")).isTrue();

      Files.delete(path);
      assertThat(file.reload()).isFalse();
      assertThat(blocks(file, "old")).isTrue();

      write("new");
      assertThat(file.reload()).isTrue();
      assertThat(file.problems()).isEmpty();
      assertThat(blocks(file, "new")).isTrue();
      assertThat(file.reloads()).isEqualTo(1);
    }
  }

  @Test
  void change_ofAnIncludedFile_cakesEffect() throws Exception {
    Path patches = folder.resolve("patches.yaml");
    Files.writeString(path, "families: []\ninclude: [patches.yaml]\n");
    Files.writeString(patches, "rules: []\n");
    try (WafPolicyFile file = WafPolicyFile.builder(path).interval(Duration.ofHours(1)).open()) {
      assertThat(blocks(file, "evil")).isFalse();
      Files.writeString(patches, "rules: [{id: patch, when: [{on: arg, contains: evil}]}]\n");
      assertThat(file.reload()).isTrue();
      assertThat(blocks(file, "evil")).isTrue();

      Files.writeString(patches, "rules: [{id: patch}]\n");
      assertThat(file.reload()).isFalse();
      assertThat(file.reload()).as("still invalid").isFalse();
      assertThat(blocks(file, "evil")).isTrue();
    }
  }

  @Test
  void change_toANestedFile_isReportedAndTheWatcherContinues() throws Exception {
    try (WafPolicyFile file = WafPolicyFile.builder(path).interval(Duration.ofMillis(10)).open()) {
      Files.writeString(path, "mode: block\nrules: " + "[".repeat(300_000));
      await().until(() -> !file.problems().isEmpty());
      assertThat(file.problems().get(0).line()).isEqualTo(2);
      assertThat(blocks(file, "old")).isTrue();

      write("new");
      await().until(() -> file.reloads() == 1);
      assertThat(blocks(file, "new")).isTrue();
    }
  }

  @Test
  void change_ofTheGuardsSettings_isReported_andTheRestCakesEffect() throws Exception {
    String settings = "failure-mode: open\n# a comment\nreject-oversize: false\n";
    Files.writeString(path, settings + "mode: block\nfamilies: []\n");
    try (WafPolicyFile file = WafPolicyFile.builder(path).interval(Duration.ofHours(1)).open()) {
      assertThat(file.reload()).isTrue();

      Files.writeString(
          path,
          "families: []\nfailure-mode: closed\nmode: detect\nreject-unknown-codings: false\n");
      assertThat(file.reload()).isFalse();
      assertThat(file.guard().waf().mode()).isEqualTo(WafMode.DETECT);
      assertThat(file.problems())
          .extracting(PolicyProblem::toString)
          .containsExactly(
              path + ":1:1: reject-oversize: changed (in force: false, until the file is reopened)",
              path + ":2:15: failure-mode: changed (in force: open, until the file is reopened)",
              path
                  + ":4:25: reject-unknown-codings: changed (in force: the default, until the file is"
                  + " reopened)");
      assertThat(file.reload()).as("not in force yet").isFalse();
      assertThat(file.reloads()).isEqualTo(1);

      Files.writeString(path, settings + "families: []\nmode: off\n");
      assertThat(file.reload()).isTrue();
      assertThat(file.problems()).isEmpty();
      assertThat(file.guard().waf().mode()).isEqualTo(WafMode.OFF);
    }
  }

  @Test
  void open_ofABadFile_fails() throws IOException {
    Files.writeString(path, "");
    assertThatThrownBy(() -> WafPolicyFile.builder(path).open())
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("an empty file");
    assertThatThrownBy(() -> WafPolicyFile.builder(path).interval(Duration.ofMillis(1)))
        .hasMessageContaining("interval: PT0.001S");
  }
}
