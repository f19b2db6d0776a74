// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program in a separate process: its output and exit status. */
@Timeout(120)
@Tag("slow")
class MainTest {
  @TempDir Path dir;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  private Process run(String... arguments) throws IOException {
    return runLogging("logback.xml", arguments); // the program's, not that of the tests
  }

  private Process runLogging(String logback, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dlogback.configurationFile=" + logback);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output().toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Path output() {
    return dir.resolve("output-" + processes.size());
  }

  private String failing(int exit, String... arguments) throws Exception {
    Path output = output();
    Process process = run(arguments);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(exit);
    return Files.readString(output);
  }

  private Path yaml(String text) throws IOException {
    return Files.writeString(dir.resolve("edge.yaml"), text);
  }

  @ParameterizedTest
  @CsvSource({
    "--prot 80, '--prot (expected: --config, --port, --admin-port or --threads)'",
    "--port, '--port: no value'",
    "--port 70000, '--port: 70000 (expected: 0..65535)'",
    "--threads x, '--threads: x (expected: 1..256)'"
  })
  void badArguments_exit2WithTheExpectedOnes(String arguments, String message) throws Exception {
    assertThat(failing(2, arguments.split(" ", -1))).startsWith(message).contains("Usage:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h", "--port 1 --help"})
  void help_exits0AndPrintsTheUsage(String arguments) throws Exception {
    assertThat(failing(0, arguments.split(" "))).isEqualTo(Options.USAGE);
  }

  @Test
  void portInUse_exits1AndNamesIt() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      String output = failing(1, "--port", port, "--admin-port", "0");
      assertThat(output.lines()).hasSize(1);
      assertThat(output).contains("cannot listen at", ":" + port, "Address already in use");
      output = failing(1, "--port", "0", "--admin-port", port);
      assertThat(output.lines()).hasSize(1);
      assertThat(output).contains("cannot listen at", ":" + port, "Address already in use");
    }
  }

  @Test
  void demo_startsQuietly() throws Exception {
    Path output = output();
    run("--port", "0", "--admin-port", "0");
    await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(Files.readString(output).lines())
                .contains("Try:")
                .filteredOn(line -> line.contains("is now HEALTHY"))
                .hasSize(6));
    assertThat(Files.readString(output)).doesNotContain("WARN", "ERROR", "UNHEALTHY");
  }

  @Test
  void badFile_exits1AndReportsThePosition() throws Exception {
    assertThat(failing(1, "--config", dir.resolve("none.yaml").toString()))
        .contains("none.yaml: no such file");
    Path invalidFile =
        yaml("lines:\n  - name: a\n    speed: 3\n    endpoints: [{address: 127.0.0.1:1}]\n");
    assertThat(failing(1, "--config", invalidFile.toString()))
        .contains("edge.yaml:3:", "speed")
        .contains("endpoints");
    Path unclosed = yaml("lines: [\n");
    assertThat(failing(1, "--config", unclosed.toString())).contains("edge.yaml:2:");
  }

  @Test
  void emptyFile_exits1AndIsNamed() throws Exception {
    assertThat(failing(1, "--config", yaml("# only a comment\n").toString()))
        .contains("edge.yaml", "an empty file (expected: at least the field lines)");
  }

  /** The log goes where the logback configuration of the user sends it. */
  @Test
  void reloads_areLoggedIntoAFile() throws Exception {
    Path log = dir.resolve("edge.log");
    Path logback =
        Files.writeString(
            dir.resolve("logback.xml"),
            documentedLogback().replace("/var/log/edge.log", log.toString()));
    String lines =
        "lines: [{name: a, endpoints: [{address: '127.0.0.1:1'}]}]\nchecks: {type: tcp}\n";
    Path file = yaml(lines);
    Path output = output();
    runLogging(logback.toString(), "--config", file.toString(), "--port", "0", "--admin-port", "0");
    await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> Files.exists(output) && Files.readString(output).contains("Try:"));
    replace(lines + "waf: {mode: blok}\n");
    awaitLine(
        log, "WARN", "rejected, revision 1 remains active", "edge.yaml:3:13", "waf.mode: blok");
    replace("");
    awaitLine(log, "WARN", "rejected, revision 1 remains active", "edge.yaml", "an empty file");
    replace(lines + "waf: {mode: detect}\n");
    awaitLine(log, "INFO", "edge.yaml: applied revision 2");
    assertThat(Files.readString(output)).doesNotContain("revision");
  }

  private static String documentedLogback() throws IOException {
    String page = Files.readString(Path.of("../docs/edge-gateway.md"));
    int start = page.indexOf("<configuration>");
    return page.substring(start, page.indexOf("```", start));
  }

  private void replace(String text) throws IOException {
    Path next = Files.writeString(dir.resolve("next"), text);
    Files.move(next, dir.resolve("edge.yaml"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static void awaitLine(Path log, String... parts) {
    await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(() ->
            assertThat(Files.readAllLines(log))
                .anySatisfy(line -> assertThat(line).contains(parts)));
  }

  @Test
  void unreachableUpstream_isServedAs502_andShownInTheStatus() throws Exception {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Path file =
        yaml(
            """
            lines:
              - name: only
                endpoints: [{address: "127.0.0.1:%d"}]
            checks: {type: tcp, interval: 100ms, timeout: 100ms}
            """
                .formatted(closed));
    Path output = output();
    run("--config", file.toString(), "--port", "0", "--admin-port", "0");
    await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> Files.exists(output) && Files.readString(output).contains("Try:"));
    String printed = Files.readString(output);
    HttpClient client = HttpClient.newHttpClient();
    var answer =
        client.send(
            HttpRequest.newBuilder(URI.create(after(printed, "serving "))).build(),
            BodyHandlers.ofString(UTF_8));
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    URI status = URI.create(after(printed, "status  ") + "?format=text");
    await()
        .until(() ->
            client
                .send(HttpRequest.newBuilder(status).build(), BodyHandlers.ofString())
                .body()
                .contains("No line has an available endpoint."));
    assertThat(Files.readString(output))
        .contains("is now UNHEALTHY (failed to connect: Connection refused)");
  }

  @Test
  void unfinishedRequests_doNotBlockTheStatusPage() throws Exception {
    Path file = yaml("lines: [{name: a, endpoints: [{address: '127.0.0.1:1'}]}]\n");
    Path output = output();
    run("--config", file.toString(), "--port", "0", "--admin-port", "0");
    await()
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> Files.exists(output) && Files.readString(output).contains("Try:"));
    URI status = URI.create(after(Files.readString(output), "status  ") + "?format=text");
    var unfinished = new ArrayList<Socket>();
    for (int i = 0; i < 8; i++) {
      var socket = new Socket(InetAddress.getLoopbackAddress(), status.getPort());
      socket.getOutputStream().write("GET /status HTTP/1.1\r\nHost: loc".getBytes(UTF_8));
      unfinished.add(socket);
    }
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder(status).build();
    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    for (Socket socket : unfinished) {
      socket.close();
    }
  }

  private static String after(String text, String label) {
    int at = text.indexOf(label) + label.length();
    return text.substring(at, text.indexOf('\n', at)).strip();
  }
}
