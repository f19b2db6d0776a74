package io.gatewaykit.examples.edge.process;

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

/**
 * A gateway in a process of its own, so that its heap, threads and descriptors are nobody else's.
 */
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

  /** Starts a gateway at two free ports. */
  public static GatewayProcess start(Path config, Path log) throws IOException {
    int port = freePort();
    int adminPort = freePort();
    Process process =
        new ProcessBuilder(command(config, port, adminPort))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return new GatewayProcess(process, log, port, adminPort);
  }

  /** Returns what starts a gateway, with more of its options behind. */
  public static List<String> command(Path config, int port, int adminPort, String... options) {
    List<String> command =
        java(
            List.of(
                "-Xms128m",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-Dio.netty.leakDetection.level=simple"),
            "io.gatewaykit.examples.edge.Main",
            "--config",
            config.toString(),
            "--port",
            Integer.toString(port),
            "--admin-port",
            Integer.toString(adminPort));
    command.addAll(List.of(options));
    return command;
  }

  /** Returns what runs a main class of this class path in a JVM of its own. */
  public static List<String> java(List<String> options, String mainClass, String... arguments) {
    var command = new ArrayList<String>();
    command.add(JAVA_HOME.resolve("bin/java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Returns a port where nothing listens. */
  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns where clients connect. */
  public int port() {
    return port;
  }

  /** Tells whether it answers. */
  public boolean isServing() {
    try {
      return process.isAlive() && !status().isEmpty();
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }

  /** How many attempts went to each line since the start. */
  public Map<String, Long> picksByLine() {
    var picks = new TreeMap<String, Long>();
    Matcher matcher = PICKS.matcher(status());
    while (matcher.find()) {
      picks.merge(matcher.group(1), Long.valueOf(matcher.group(2)), Long::sum);
    }
    return picks;
  }

  /** How many configurations were applied. */
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

  /** What is left on the heap after a full collection, in KiB. */
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

  /** How many threads it has. */
  public int threads() throws IOException {
    return count("task");
  }

  /** How many files and sockets it has open. */
  public int descriptors() throws IOException {
    return count("fd");
  }

  private int count(String entries) throws IOException {
    try (var list = Files.list(Path.of("/proc", Long.toString(process.pid()), entries))) {
      return (int) list.count();
    }
  }

  /** The lines of its log that tell of a defect. */
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
