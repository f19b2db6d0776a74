// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.edge.EdgeGateway;
import io.gatewaykit.edge.config.ConfigFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gateway with all its guards, in front of a server that records the bytes received. */
@Timeout(300)
class TortureTest {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final int SHORT_FORM = 8;

  private static final Recorder recorder = new Recorder();
  private static EdgeGateway gateway;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("edge.yaml");
    Files.writeString(file, config(recorder.address().getPort()));
    try (var config = new ConfigFile(file)) {
      gateway = EdgeGateway.start(config.load(), "torture", 1);
    }
  }

  /** Returns a configuration with one server and one attempt per request. */
  static String config(int server) {
    return """
    listen: 127.0.0.1:0
    admin: 127.0.0.1:0
    lines:
      - name: only
        endpoints:
          - address: 127.0.0.1:%d
    checks:
      type: tcp
    policy:
      attempts: 1
      breaker: off
    """
        .formatted(server);
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    recorder.close();
  }

  static Stream<String> groups() {
    return TortureCase.GROUPS.keySet().stream().sorted();
  }

  /** The other columns of the table are those of {@link TortureComparison}. */
  @ParameterizedTest
  @MethodSource("groups")
  void page_statesTheNumberOfCases(String group) throws IOException {
    String page = Files.readString(Path.of("../docs/http-semantics.md"));
    assertThat(page)
        .containsPattern(
            "(?m)^\\| %s: [^|]+ \\| %d \\| 0 \\| [^|]+ \\| (0 / 0 / 0|—) \\|$"
                .formatted(group, TortureCase.sample(group).size()));
  }

  @Test
  void page_statesTheSum() throws IOException {
    int sum = 0;
    for (String group : TortureCase.GROUPS.keySet()) {
      sum += TortureCase.sample(group).size();
    }
    assertThat(Files.readString(Path.of("../docs/http-semantics.md")))
        .contains("The test suite sends " + sum + " raw requests and responses");
  }

  @ParameterizedTest
  @MethodSource("groups")
  void group_hasItsCases(String group) throws IOException {
    assertThat(TortureCase.sample(group))
        .hasSizeGreaterThanOrEqualTo(requireNonNull(TortureCase.GROUPS.get(group)));
  }

  /** The short form of the suite, of which the other test is the complete form. */
  @TestFactory
  Stream<DynamicTest> everyEighthCase_isHandledAsTheStandardsSay() {
    var runner = new TortureRunner(gateway.address(), recorder, PATIENCE_MILLIS);
    return groups().flatMap(group -> tests(group, SHORT_FORM, runner));
  }

  @Tag("slow")
  @TestFactory
  Stream<DynamicTest> everyCase_isHandledAsTheStandardsSay() {
    var runner = new TortureRunner(gateway.address(), recorder, PATIENCE_MILLIS);
    return groups().flatMap(group -> tests(group, 1, runner));
  }

  private static Stream<DynamicTest> tests(String group, int step, TortureRunner runner) {
    try {
      List<TortureCase> cases = step == 1 ? TortureCase.of(group) : TortureCase.sample(group);
      return IntStream.range(0, cases.size())
          .filter(i -> i % step == 0)
          .mapToObj(cases::get)
          .map(test ->
              DynamicTest.dynamicTest(
                  test.toString(), () -> assertThat(runner.run(test)).isEqualTo(List.of())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
