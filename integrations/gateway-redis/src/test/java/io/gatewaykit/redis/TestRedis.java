// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import redis.embedded.core.ExecutableProvider;

/** A Redis server of a test's own, on loopback, that ends with it. */
final class TestRedis implements AutoCloseable {
  private static final Path DEBIAN = Path.of("/usr/bin/redis-server");
  private static final Path VALKEY = Path.of("/usr/bin/valkey-server");
  private static final Path FAKE_TIME =
      Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");

  /** An option that stands for the server's port. */
  private static final String PORT = "{port}";

  private final List<String> command;
  private final Map<String, String> environment;
  private final int port;
  private final Path directory;
  private Process process;

  private TestRedis(
      List<String> command, Map<String, String> environment, int port, Path directory) {
    this.command = command;
    this.environment = environment;
    this.port = port;
    this.directory = directory;
    start();
  }

  /** Starts the server that comes from Maven, or the one that {@code -Dredis.server} names. */
  static TestRedis fromMaven(String... options) {
    String chosen = System.getProperty("redis.server");
    return of(chosen == null ? unpacked() : Path.of(chosen), Map.of(), options);
  }

  /** Starts the server that comes from Maven, with a clock offset; or skips the test. */
  static TestRedis fromMaven(Duration clockOffset, String... options) {
    Assumptions.assumeTrue(
        System.getProperty("redis.server") == null, "needs the server from Maven for all of them");
    String offset = String.format(Locale.ROOT, "%+d", clockOffset.toSeconds());
    String library = installed(FAKE_TIME, "faketime").toString();
    return of(unpacked(), Map.of("LD_PRELOAD", library, "FAKETIME", offset), options);
  }

  private static Path unpacked() {
    try {
      File unpacked = Files.createTempDirectory("gateway-redis-maven").toFile();
      unpacked.deleteOnExit(); // after its contents, which the provider deletes on exit too
      return ExecutableProvider.newJarResourceProvider(unpacked).get().toPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts Debian's, or skips the test. */
  static TestRedis fromDebian(String... options) {
    return of(installed(DEBIAN, "redis-server"), Map.of(), options);
  }

  /** Starts Debian's with TLS on its only port, or skips the test. */
  static TestRedis withTls(Path certificate, Path key) {
    return fromDebian(
        "--port",
        "0",
        "--tls-port",
        PORT,
        "--tls-cert-file",
        certificate.toString(),
        "--tls-key-file",
        key.toString(),
        "--tls-ca-cert-file",
        certificate.toString(),
        "--tls-auth-clients",
        "no");
  }

  /**
   * Starts a Sentinel that monitors the master "limits", with a quorum of two; or skips the test.
   */
  static TestRedis sentinel(TestRedis master) {
    try {
      Path executable = installed(DEBIAN, "redis-server");
      Path directory = Files.createTempDirectory("gateway-redis-test");
      int port = freePort();
      Path config = directory.resolve("sentinel.conf");
      Files.writeString(
          config,
          """
          port %d
          bind 127.0.0.1
          dir %s
          sentinel monitor limits 127.0.0.1 %d 2
          sentinel down-after-milliseconds limits 500
          sentinel failover-timeout limits 2000
          """
              .formatted(port, directory, master.port));
      List<String> command = List.of(executable.toString(), config.toString(), "--sentinel");
      return new TestRedis(command, Map.of(), port, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts Valkey, or skips the test. */
  static TestRedis fromValkey(String... options) {
    return of(installed(VALKEY, "valkey-server"), Map.of(), options);
  }

  private static Path installed(Path file, String debianPackage) {
    Assumptions.assumeTrue(
        Files.isReadable(file), "needs Debian's package " + debianPackage + " (" + file + ")");
    return file;
  }

  private static TestRedis of(Path executable, Map<String, String> environment, String... options) {
    try {
      Path directory = Files.createTempDirectory("gateway-redis-test");
      int port = freePort();
      var command = new ArrayList<String>();
      command.addAll(
          List.of(
              executable.toString(),
              "--port",
              Integer.toString(port),
              "--bind",
              "127.0.0.1",
              "--save",
              "",
              "--appendonly",
              "no",
              "--dir",
              directory.toString()));
      for (String option : options) {
        command.add(option.equals(PORT) ? Integer.toString(port) : option);
      }
      return new TestRedis(command, environment, port, directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Below the ports that connections take, so that 10,000 more is a port too. */
  private static int freePort() throws IOException {
    while (true) {
      int port = 20_000 + ThreadLocalRandom.current().nextInt(10_000);
      try (var one = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
          var bus = new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress())) {
        return bus.getLocalPort() - one.getLocalPort() == 10_000 ? port : 0;
      } catch (IOException e) {
        // taken: another one
      }
    }
  }

  void start() {
    try {
      var builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile());
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      Awaitility.await("redis-server on port " + port)
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(10))
          .until(this::accepts);
    } catch (RuntimeException e) {
      process.destroyForcibly(); // no other object can end it
      throw e;
    }
  }

  private boolean accepts() {
    if (!process.isAlive()) {
      throw new IllegalStateException("redis-server has ended: " + log());
    }
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  int port() {
    return port;
  }

  RedisURI uri() {
    return uri(port);
  }

  static RedisURI uri(int port) {
    return RedisURI.builder()
        .withHost("127.0.0.1")
        .withPort(port)
        .withTimeout(Duration.ofSeconds(2))
        .build();
  }

  /** Returns a client as our documentation has it. */
  RedisClient client() {
    RedisClient client = RedisClient.create(uri());
    client.setOptions(RedisStore.clientOptions().build());
    return client;
  }

  void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
