// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import io.gatewaykit.edge.process.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The primary server fails and recovers under steady load, behind each proxy in turn. {@code main}
 * takes a folder for logs and prints a table.
 */
final class FailoverComparison implements AutoCloseable {
  private final Path folder;
  private final Program primary;
  private final Program backup;

  FailoverComparison(Path folder) throws IOException {
    this.folder = folder;
    primary =
        Program.faultyServer("primary", folder.resolve("primary.log"), GatewayProcess.freePort());
    backup =
        Program.faultyServer("backup", folder.resolve("backup.log"), GatewayProcess.freePort());
  }

  /**
   * The durations of the phases, in seconds.
   *
   * @param warmUp load that is not counted
   * @param before load before the fault
   * @param during load during the fault
   * @param after load during the recovery
   */
  record Timing(int warmUp, int before, int during, int after) {
    static final Timing FULL = new Timing(4, 3, 5, 8);
    static final Timing SHORT = new Timing(1, 1, 2, 1);
  }

  /** The effects of one fault on the clients of one proxy. */
  record Result(Recording seen, long firstBackupMillis, long backMillis) {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[0]).toAbsolutePath());
    System.out.printf(
        Locale.ROOT,
        "| fault | proxy | requests | failed | over 200 ms, corrected | worst, ms | first backup answer, ms |"
            + " back on primary, s |%n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |%n");
    try (var comparison = new FailoverComparison(folder)) {
      for (Fault fault : Fault.values()) {
        for (Proxy proxy : Proxy.values()) {
          Result result = comparison.run(proxy, fault, Timing.FULL);
          Recording seen = result.seen();
          System.out.printf(
              Locale.ROOT,
              "| %s | %s | %,d | %d | %d | %,d | %s | %s |%n",
              fault.name().toLowerCase(Locale.ROOT),
              proxy.label,
              seen.requests(),
              seen.failed(),
              seen.slow(),
              seen.worstMillis(),
              result.firstBackupMillis() < 0 ? "never" : result.firstBackupMillis(),
              result.backMillis() < 0 ? "never" : "%.1f".formatted(result.backMillis() / 1e3));
        }
      }
    }
  }

  Result run(Proxy proxy, Fault fault, Timing timing) throws IOException {
    try (Program running = proxy.start(folder, primary.port(), backup.port())) {
      Recording.warmUp(running.port(), timing.warmUp());
      int seconds = timing.before() + timing.during() + timing.after();
      Process wrk = Recording.start(folder, running.port(), seconds);
      pause(timing.before());
      long failed = millis();
      fault.begin(primary);
      pause(timing.during());
      fault.end(primary);
      long mended = millis();
      Recording seen = Recording.of(wrk);
      return new Result(seen, seen.firstBackupAfter(failed), seen.backAfter(mended));
    }
  }

  private static long millis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  /** Waits while the load continues. */
  private static void pause(int seconds) {
    long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Returns the missing programs, for a message; empty if none. */
  static List<String> missing(Proxy proxy) {
    return List.of(Recording.canRecord() ? "" : "wrk", proxy.missingPackage()).stream()
        .filter(name -> !name.isEmpty())
        .toList();
  }

  @Override
  public void close() {
    primary.close();
    backup.close();
  }
}
