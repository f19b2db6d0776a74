// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.healthcheck;

import io.gatewaykit.healthcheck.ActiveRules;
import io.gatewaykit.healthcheck.CheckerSnapshot;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.healthcheck.HealthEvent;
import io.gatewaykit.healthcheck.HealthListener;
import io.gatewaykit.healthcheck.HttpProbe;
import io.gatewaykit.healthcheck.Probe;
import io.gatewaykit.healthcheck.ProbeEngine;
import io.gatewaykit.healthcheck.ProbeSchedule;
import io.gatewaykit.healthcheck.Target;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * CPU time of the process per second of health checks, as counted by the kernel. Unlike wall-clock
 * time, it is meaningful on a busy machine. nginx serves ten thousand loopback addresses. HAProxy
 * checks the same addresses on the same machine in the same run, and {@link BareProbes} gives a
 * lower bound for any loop.
 *
 * <p>Arguments: the number of targets (default 10,000), seconds of warm-up and of measurement (20,
 * 20). Requires Debian's nginx-light and haproxy, and {@code ulimit -n 50000}.
 */
public final class ProbeLoad {
  private static final long INTERVAL_MILLIS = 1_000;
  private static final double CLOCK_TICKS = 100; // of /proc/PID/stat, on all common Linux systems

  private final int count;
  private final int warmUp;
  private final int seconds;
  private final Path folder;
  private final int port;

  private ProbeLoad(int count, int warmUp, int seconds) throws IOException {
    this.count = count;
    this.warmUp = warmUp;
    this.seconds = seconds;
    folder = Files.createTempDirectory("probe-load");
    port = freePort();
  }

  public static void main(String[] args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    int warmUp = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 20;
    new ProbeLoad(count, warmUp, seconds).run();
  }

  private void run() throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%d targets, every second, JDK %s, load %.1f%n",
        count,
        Runtime.version(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    Process nginx = startNginx();
    try {
      ours("keep-alive", Probe.http("/"));
      ours("one-shot", HttpProbe.builder("/").oneShot().build());
      bare();
      haproxy();
      blackHole();
    } finally {
      nginx.destroy();
      nginx.waitFor();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private Process start(String name, String config, String... command) throws Exception {
    Path file = folder.resolve(name);
    Files.writeString(file, config);
    var line = new ArrayList<>(List.of(command));
    line.add(file.toString());
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    return process;
  }

  private Process startNginx() throws Exception {
    String config =
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
        worker_rlimit_nofile 60000;
        events { worker_connections 30000; }
        http {
          access_log off; keepalive_requests 100000000; keepalive_timeout 1h;
          client_body_temp_path %1$s; proxy_temp_path %1$s; fastcgi_temp_path %1$s;
          uwsgi_temp_path %1$s; scgi_temp_path %1$s;
          server {
            listen %2$d backlog=8192;
            location = /stats { stub_status; }
            location / { return 200 "ok"; }
          }
        }
        """
            .formatted(folder, port);
    Process nginx = start("nginx.conf", config, "/usr/sbin/nginx", "-p", folder.toString(), "-c");
    for (int i = 0; i < 100; i++) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        if (socket.isConnected()) {
          return nginx;
        }
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    throw new IOException("nginx does not start: see " + folder);
  }

  /** Returns the number of requests served by nginx, including this one. */
  private long answered() throws IOException {
    URI stats = URI.create("http://127.0.0.1:" + port + "/stats");
    try (InputStream in = stats.toURL().openStream()) {
      List<String> lines =
          new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
      List<String> numbers = List.of(lines.get(2).strip().split(" +", -1));
      return Long.parseLong(numbers.get(2));
    }
  }

  private List<Target> targets(int from, int to, int atPort) throws UnknownHostException {
    var targets = new ArrayList<Target>();
    for (int i = from; i < to; i++) {
      byte[] ip = {127, 1, (byte) (i >> 8), (byte) i};
      targets.add(new Target("t" + i, new InetSocketAddress(InetAddress.getByAddress(ip), atPort)));
    }
    return targets;
  }

  private static HealthChecker checker(ProbeEngine engine, Probe probe, HealthListener listener) {
    return HealthChecker.builder("load")
        .engine(engine)
        .probe(probe)
        .schedule(
            ProbeSchedule.builder()
                .interval(Duration.ofMillis(INTERVAL_MILLIS))
                .timeout(Duration.ofMillis(INTERVAL_MILLIS))
                .build())
        .active(ActiveRules.builder().massFailureShare(0).build())
        .listener(listener)
        .build();
  }

  private static long usedHeap() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(100);
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private void ours(String what, HttpProbe probe) throws Exception {
    long heap = usedHeap();
    int threads = Thread.activeCount();
    List<Target> targets = targets(0, count, port);
    try (var engine = ProbeEngine.builder().build();
        var checker = checker(engine, probe, new HealthListener() {})) {
      long begun = System.nanoTime();
      checker.setTargets(targets);
      long set = System.nanoTime() - begun;
      TimeUnit.SECONDS.sleep(warmUp);
      double cpu = cpuSeconds("self");
      long allocated = allocated();
      long before = answered();
      TimeUnit.SECONDS.sleep(seconds);
      long probes = answered() - before - 1;
      double used = cpuSeconds("self") - cpu;
      long bytes = allocated() - allocated;
      int moreThreads = Thread.activeCount() - threads;
      long heapEach = (usedHeap() - heap) / count;
      CheckerSnapshot snapshot = checker.snapshot();
      long down =
          snapshot.targets().stream().filter(view -> !view.state().health().available()).count();
      row("ours, " + what, probes, used, rss("self"));
      System.out.printf(
          Locale.ROOT,
          "  setTargets %.1f ms, heap %d B a target, %d B allocated a probe, %d more threads, lag"
              + " %.1f ms, %d down, TIME_WAIT %d%n",
          set / 1e6,
          heapEach,
          bytes / Math.max(1, probes),
          moreThreads,
          snapshot.totals().lag().toNanos() / 1e6,
          down,
          timeWaits());
    }
  }

  /** Measures the lower bound. */
  private void bare() throws Exception {
    try (var probes = new BareProbes(targets(0, count, port))) {
      TimeUnit.SECONDS.sleep(warmUp);
      double cpu = cpuSeconds("self");
      long before = answered();
      TimeUnit.SECONDS.sleep(seconds);
      row("bare loop, kept", answered() - before - 1, cpuSeconds("self") - cpu, rss("self"));
    }
  }

  private void haproxy() throws Exception {
    var config = new StringBuilder(64 * count);
    config.append("global\n  nbthread 1\n  maxconn 100\n  fd-hard-limit 50000\n");
    config.append("defaults\n  mode http\n  timeout client 5s\n  timeout connect 1s\n");
    config.append("  timeout server 1s\n  timeout check 1s\n");
    config.append("frontend unused\n  bind 127.0.0.1:" + freePort() + "\n");
    config.append("  default_backend all\nbackend all\n");
    config.append("  option httpchk GET /\n  default-server inter 1s fall 3 rise 2\n");
    for (int i = 0; i < count; i++) {
      config.append("  server t%d 127.1.%d.%d:%d check%n".formatted(i, i >> 8, i & 255, port));
    }
    Process haproxy = start("haproxy.cfg", config.toString(), "/usr/sbin/haproxy", "-db", "-f");
    try {
      TimeUnit.SECONDS.sleep(warmUp);
      String pid = Long.toString(haproxy.pid());
      double cpu = cpuSeconds(pid);
      long before = answered();
      TimeUnit.SECONDS.sleep(seconds);
      row("HAProxy, one-shot", answered() - before - 1, cpuSeconds(pid) - cpu, rss(pid));
    } finally {
      haproxy.destroy();
      haproxy.waitFor();
    }
  }

  /** One target in ten accepts connections and never responds. The others must be unaffected. */
  private void blackHole() throws Exception {
    int all = Math.min(count, 1_000);
    var down = new AtomicInteger();
    var lastDown = new long[1];
    HealthListener listener =
        new HealthListener() {
          @Override
          public void onChange(HealthEvent event) {
            if (event.to() != null && !event.to().health().available()) {
              down.incrementAndGet();
              lastDown[0] = System.nanoTime();
            }
          }
        };
    try (var hole = new ServerSocket(0, 1_000, InetAddress.getByName("0.0.0.0"));
        var engine = ProbeEngine.builder().build();
        var checker = checker(engine, Probe.http("/"), listener)) {
      var targets = new ArrayList<Target>(targets(0, all / 10, hole.getLocalPort()));
      targets.addAll(targets(all / 10, all, port));
      long begun = System.nanoTime();
      checker.setTargets(targets);
      TimeUnit.SECONDS.sleep(5);
      long before = answered();
      TimeUnit.SECONDS.sleep(seconds);
      double rate = (answered() - before - 1) / (double) seconds;
      System.out.printf(
          Locale.ROOT,
          "black hole: %d of %d silent; period of the others %.3f s; %d down after %.2f s%n",
          all / 10,
          all,
          (all - all / 10) / rate,
          down.get(),
          (lastDown[0] - begun) / 1e9);
    }
  }

  private void row(String what, long probes, double cpuSeconds, long rssMegabytes) {
    System.out.printf(
        Locale.ROOT,
        "%-20s %8.0f probes/s %7.1f µs CPU a probe %6d MB RSS%n",
        what,
        probes / (double) seconds,
        cpuSeconds * 1e6 / Math.max(1, probes),
        rssMegabytes);
  }

  private static double cpuSeconds(String pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", pid, "stat"));
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    return (Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12))) / CLOCK_TICKS;
  }

  private static long rss(String pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", pid, "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1_024;
      }
    }
    return 0;
  }

  private static long allocated() {
    long sum = 0;
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
      sum += Math.max(0, bytes);
    }
    return sum;
  }

  /** Returns the number of local sockets to nginx in TIME_WAIT. */
  private long timeWaits() throws IOException {
    String remote = ":%04X".formatted(port);
    try (var lines = Files.lines(Path.of("/proc/net/tcp"))) {
      return lines
          .map(line -> List.of(line.strip().split(" +", -1)))
          .filter(f -> f.size() > 3 && f.get(3).equals("06") && f.get(2).endsWith(remote))
          .count();
    }
  }
}
