// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway in a separate process, with its own heap, threads and descriptors. */
public final class GatewayProcess implements AutoCloseable {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  private static final Pattern USED = Pattern.compile("used (\\d+)K");
  private static final Pattern PICKS =
      Pattern.compile("gateway_failover_selections_total\\{.*line=\"([^\"]+)\".*} (\\d+)");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final Path log;
  private final int port;
  private final int adminPort;

  private GatewayProcess(Process process, Path log, int port, int adminPort) {
    this.process = process;
    this.log = log;
    this.port = port;
    this.adminPort = adminPort;
  }

  /** Starts a gateway on two free ports. */
  public static GatewayProcess start(Path config, Path log) throws IOException {
    return start(config, log, 128);
  }

  /** Starts a gateway with a heap of {@code heap} MiB, and with additional options of the JVM. */
  public static GatewayProcess start(Path config, Path log, int heap, String... jvmOptions)
      throws IOException {
    int port = freePort();
    int adminPort = freePort();
    Process process =
        new ProcessBuilder(command(heap, List.of(jvmOptions), config, port, adminPort))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new GatewayProcess(process, log, port, adminPort);
  }

  /** Returns the command that starts a gateway, with additional options. */
  public static List<String> command(Path config, int port, int adminPort, String... options) {
    return command(128, List.of(), config, port, adminPort, options);
  }

  private static List<String> command(
      int heap, List<String> more, Path config, int port, int adminPort, String... options) {
    var jvmOptions =
        new ArrayList<>(
            List.of(
                "-Xms" + heap + "m",
                "-Xmx" + heap + "m",
                "-XX:+UseSerialGC",
                "-Dio.netty.leakDetection.level=simple"));
    jvmOptions.addAll(more);
    List<String> command =
        java(
            jvmOptions,
            "io.gatewaykit.edge.Main",
            "--config",
            config.toString(),
            "--port",
            Integer.toString(port),
            "--admin-port",
            Integer.toString(adminPort));
    command.addAll(List.of(options));
    return command;
  }

  /** Returns the command that runs a main class of this class path in a separate JVM. */
  public static List<String> java(List<String> options, String mainClass, String... arguments) {
    var command = new ArrayList<String>();
    command.add(JAVA_HOME.resolve("bin/java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Returns a free port. */
  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns the port for clients. */
  public int port() {
    return port;
  }

  /** Returns the process. */
  Process process() {
    return process;
  }

  /** Returns whether it responds. */
  public boolean isServing() {
    try {
      return process.isAlive() && !status().isEmpty();
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }

  /** Returns the number of attempts per line since the start. */
  public Map<String, Long> picksByLine() {
    var picks = new TreeMap<String, Long>();
    Matcher matcher = PICKS.matcher(status());
    while (matcher.find()) {
      picks.merge(matcher.group(1), Long.valueOf(matcher.group(2)), Long::sum);
    }
    return picks;
  }

  /** Returns the number of configurations applied. */
  public long configRevision() {
    Matcher matcher = Pattern.compile("gateway_config_revision (\\d+)").matcher(status());
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private String status() {
    URI uri = URI.create("http://127.0.0.1:" + adminPort + "/status?format=prometheus");
    try {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the heap in use after a full collection, in KiB. */
  public long liveHeapKib() throws IOException {
    jcmd("GC.run");
    long used = 0;
    for (String line : jcmd("GC.heap_info").split("\n", -1)) {
      Matcher matcher = USED.matcher(line);
      if (matcher.find() && !line.contains("Metaspace") && !line.contains("class space")) {
        used += Long.parseLong(matcher.group(1));
      }
    }
    return used;
  }

  private String jcmd(String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                JAVA_HOME.resolve("bin/jcmd").toString(), Long.toString(process.pid()), command)
            .redirectErrorStream(true)
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Returns the number of threads. */
  public int threads() throws IOException {
    return count("task");
  }

  /** Returns the number of open files and sockets. */
  public int descriptors() throws IOException {
    return count("fd");
  }

  private int count(String entries) throws IOException {
    try (var list = Files.list(Path.of("/proc", Long.toString(process.pid()), entries))) {
      return (int) list.count();
    }
  }

  /** Returns the lines of its log that indicate a bug. */
  public List<String> errors() throws IOException {
    try (var lines = Files.lines(log)) {
      return lines
          .filter(
              line -> line.contains("ERROR") || line.contains("LEAK") || line.contains("Exception"))
          .toList();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
