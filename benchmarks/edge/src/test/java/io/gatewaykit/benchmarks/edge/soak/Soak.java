// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import io.gatewaykit.edge.demo.SimulatedLine;
import io.gatewaykit.edge.demo.SimulatedLines;
import io.gatewaykit.edge.process.GatewayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A long run under traffic: wrk requests a page continuously while lines fail at random, the
 * configuration changes, and two clients attack. {@code main} takes the seconds and the folder for
 * the plot and the log.
 */
final class Soak {
  private static final int CONNECTIONS = 16;

  private final Path folder;
  private final int windows;
  private final int windowSeconds;
  private final List<Sample> samples = new ArrayList<>();

  Soak(Path folder, Duration length, Duration window) {
    this.folder = folder;
    windowSeconds = (int) window.toSeconds();
    windows = Math.max(2, (int) (length.toSeconds() / windowSeconds));
  }

  /** The measurements at the end of a window. */
  record Sample(
      double second,
      long requests,
      long lost,
      double p99Millis,
      long heapKib,
      int threads,
      int descriptors,
      Map<String, Double> share) {}

  /** The results of a run. */
  record Report(
      List<Sample> samples,
      long reloads,
      int lineFailures,
      long floods,
      long bodies,
      long refusedBodies,
      List<String> errors) {
    long requests() {
      return samples.stream().mapToLong(Sample::requests).sum();
    }

    long lost() {
      return samples.stream().mapToLong(Sample::lost).sum();
    }

    /** Returns the largest heap of the last third, relative to the first without warm-up. */
    double heapGrowth() {
      int third = Math.max(1, samples.size() / 3);
      return most(samples.size() - third, samples.size()) / most(0, third);
    }

    private double most(int from, int to) {
      return samples.subList(from, to).stream().mapToLong(Sample::heapKib).max().orElseThrow();
    }
  }

  /** Runs for the given seconds and writes soak.svg and soak.log into the folder. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    Duration length = Duration.ofSeconds(Long.parseLong(arguments[0]));
    Report report = new Soak(folder, length, Duration.ofSeconds(10)).run();
    Files.writeString(
        folder.resolve("soak.svg"),
        SoakPlot.svg(
            report.samples(),
            "The edge gateway for %d minutes: %,d requests, %d lost, %d failures of lines, %d reloads"
                .formatted(
                    length.toMinutes(),
                    report.requests(),
                    report.lost(),
                    report.lineFailures(),
                    report.reloads())));
    Sample last = report.samples().get(report.samples().size() - 1);
    System.out.printf(
        "requests %,d  lost %d  line failures %d  reloads %d%n"
            + "floods %,d  bodies %,d (refused %,d)%n"
            + "heap growth %.2f  last: heap %,d KiB  threads %d  descriptors %d%n"
            + "errors in the log: %d%n",
        report.requests(),
        report.lost(),
        report.lineFailures(),
        report.reloads(),
        report.floods(),
        report.bodies(),
        report.refusedBodies(),
        report.heapGrowth(),
        last.heapKib(),
        last.threads(),
        last.descriptors(),
        report.errors().size());
    report.errors().stream().limit(20).forEach(System.out::println);
    System.exit(report.lost() == 0 && report.errors().isEmpty() ? 0 : 1);
  }

  Report run() throws IOException {
    Path config = folder.resolve("soak.yaml");
    try (SimulatedLines lines = SimulatedLines.start()) {
      write(config, yaml(lines, 0));
      try (GatewayProcess gateway = GatewayProcess.start(config, folder.resolve("soak.log"))) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(gateway::isServing);
        try (var chaos = new Chaos(lines, 42);
            var attackers = new Attackers(gateway.port(), 43)) {
          long start = System.nanoTime();
          Map<String, Long> before = gateway.picksByLine();
          for (int i = 1; i <= windows; i++) {
            Wrk.Result seen = Wrk.run(gateway.port(), CONNECTIONS, windowSeconds);
            Map<String, Long> now = gateway.picksByLine();
            samples.add(
                new Sample(
                    (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1),
                    seen.requests(),
                    seen.lost(),
                    seen.p99Millis(),
                    gateway.liveHeapKib(),
                    gateway.threads(),
                    gateway.descriptors(),
                    shares(before, now)));
            before = now;
            write(config, yaml(lines, i));
          }
          return new Report(
              List.copyOf(samples),
              gateway.configRevision(),
              chaos.failures(),
              attackers.floods(),
              attackers.bodies(),
              attackers.refusedBodies(),
              gateway.errors());
        }
      }
    }
  }

  private static Map<String, Double> shares(Map<String, Long> before, Map<String, Long> now) {
    var shares = new TreeMap<String, Double>();
    double all = 0;
    for (var line : now.entrySet()) {
      double more = line.getValue() - before.getOrDefault(line.getKey(), 0L);
      shares.put(line.getKey(), more);
      all += more;
    }
    double total = Math.max(1, all);
    shares.replaceAll((line, more) -> more / total);
    return shares;
  }

  /** All guards are enabled; each revision changes a limit that is never reached. */
  private static String yaml(SimulatedLines lines, int revision) {
    var out = new StringBuilder();
    out.append(
        """
        client-address: {header: x-forwarded-for, trusted-proxies: [127.0.0.0/8]}
        limits:
          chat: {rate: 5/s, burst: 5, max-keys: 50000}
          site: {rate: %d/s, burst: 100000, key: all}
        waf: {mode: block}
        routes:
          - {name: chat, priority: 10, path: /chat/**, limit: chat}
          - {name: site, limit: site}
        checks: {path: /health, interval: 500ms, timeout: 300ms, rise: 2, fall: 2}
        policy: {attempts: 4, per-try-timeout: 500ms}
        lines:
        """
            .formatted(100_000 + revision));
    int priority = 0;
    for (SimulatedLine line : lines.lines()) {
      out.append(
          "  - {name: %s, priority: %d, endpoints: [{address: \"127.0.0.1:%d\"}, {address: \"127.0.0.1:%d\"}]}%n"
              .formatted(
                  line.name(),
                  priority++,
                  line.endpoints().get(0).address().getPort(),
                  line.endpoints().get(1).address().getPort()));
    }
    return out.toString();
  }

  private static void write(Path file, String text) throws IOException {
    Path next = Files.writeString(file.resolveSibling("next.yaml"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
