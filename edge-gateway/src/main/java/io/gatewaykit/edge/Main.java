// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import io.gatewaykit.edge.Options.UsageException;
import io.gatewaykit.edge.config.ConfigException;
import io.gatewaykit.edge.config.ConfigFile;
import io.gatewaykit.edge.config.GatewayConfig;
import io.gatewaykit.edge.demo.SimulatedLines;
import io.gatewaykit.edge.proxy.OutOfMemory;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Starts the gateway from the command line and runs until it is interrupted. */
public final class Main {
  private static final String LEAK_LEVEL = "io.netty.leakDetection.level";
  private static final String ADMIN_SECONDS = "10";
  private static final Duration WATCH_INTERVAL = Duration.ofMillis(500);

  private static final String TRY_DEMO =
      """
        curl -i %1$s/hello
        curl -i -g '%1$s/?q=eval($_POST[1])'
        for i in $(seq 12); do curl -s -o /dev/null -w '%%{http_code} ' %1$s/chat/hi; done
        curl -i -X POST %2$s/lines/dedicated-hk/kill
      """;
  private static final String TRY_OWN =
      """
        curl -i %1$s/
        curl -i -g '%1$s/?q=eval($_POST[1])'
        curl %2$s/status?format=text
        curl %2$s/status?format=prometheus
      """;

  private Main() {}

  /** Runs the gateway. Exits with 2 on invalid arguments and with 1 if it cannot start. */
  public static void main(String[] arguments) throws InterruptedException {
    if (System.getProperty(LEAK_LEVEL) == null) {
      // Netty samples one buffer in 128 for leaks, at 5 % of the time. The soak test enables it.
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
    OutOfMemory.exitOnUncaught();
    boundAdminRequests();
    if (Options.wantsHelp(List.of(arguments))) {
      System.out.print(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.parse(List.of(arguments));
    } catch (UsageException e) {
      System.err.println(e.getMessage() + System.lineSeparator() + Options.USAGE);
      System.exit(2);
      return;
    }
    try {
      run(options, System.out);
    } catch (ConfigException e) {
      e.problems().forEach(System.err::println);
      System.exit(1);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Bounds the time of a request to the admin interface. The JDK's server has no such bound by
   * default, and a few unfinished requests would occupy all of its threads.
   */
  private static void boundAdminRequests() {
    for (String part : List.of("maxReqTime", "maxRspTime")) {
      String property = "sun.net.httpserver." + part;
      if (System.getProperty(property) == null) {
        System.setProperty(property, ADMIN_SECONDS);
      }
    }
  }

  private static void run(Options options, PrintStream out)
      throws ConfigException, IOException, InterruptedException {
    Path path = options.config();
    if (path == null) {
      SimulatedLines lines = SimulatedLines.start();
      serve(
          EdgeGateway.startDemo(withPorts(DemoConfig.of(lines), options), lines, options.threads()),
          out,
          TRY_DEMO);
      return;
    }
    try (var file = new ConfigFile(path)) {
      GatewayConfig config = withPorts(file.load(), options);
      EdgeGateway gateway = EdgeGateway.start(config, file.name(), options.threads());
      file.watch(WATCH_INTERVAL, new Reloads(gateway, options));
      serve(gateway, out, TRY_OWN);
    }
  }

  /** Applies command-line overrides to reloaded configurations too. */
  private record Reloads(EdgeGateway gateway, Options options) implements ConfigFile.Listener {
    @Override
    public void onConfig(GatewayConfig config, boolean truncated) throws ConfigException {
      gateway.onConfig(withPorts(config, options), truncated);
    }

    @Override
    public void onRejected(List<String> problems) {
      gateway.onRejected(problems);
    }
  }

  private static GatewayConfig withPorts(GatewayConfig config, Options options) {
    return config.withAddresses(
        withPort(config.listen(), options.port()), withPort(config.admin(), options.adminPort()));
  }

  private static InetSocketAddress withPort(InetSocketAddress address, int port) {
    return port < 0 ? address : new InetSocketAddress(address.getAddress(), port);
  }

  private static void serve(EdgeGateway gateway, PrintStream out, String toTry)
      throws InterruptedException {
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(gateway::close, "edge-shutdown"));
    String site = url(gateway.address());
    String admin = url(gateway.adminAddress());
    out.printf(
        """
        GatewayKit edge gateway
          serving %s
          status  %s/status

        Try:
        """,
        site, admin);
    out.printf(toTry, site, admin);
    out.flush();
    stopped.await(); // until the process is terminated
  }

  private static String url(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
