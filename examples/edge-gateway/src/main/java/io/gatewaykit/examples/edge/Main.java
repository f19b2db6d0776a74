package io.gatewaykit.examples.edge;

import io.gatewaykit.examples.edge.Options.UsageException;
import io.gatewaykit.examples.edge.config.ConfigException;
import io.gatewaykit.examples.edge.config.ConfigFile;
import io.gatewaykit.examples.edge.config.GatewayConfig;
import io.gatewaykit.examples.edge.demo.SimulatedLines;
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

  /** Runs the gateway; exits with 2 on bad arguments and 1 where it cannot start. */
  public static void main(String[] arguments) throws InterruptedException {
    if (System.getProperty(LEAK_LEVEL) == null) {
      // Netty follows one buffer of 128, which takes a twentieth of the time. The soak looks for
      // leaks.
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
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
      file.watch(WATCH_INTERVAL, gateway);
      serve(gateway, out, TRY_OWN);
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
    stopped.await(); // until the process is told to end
  }

  private static String url(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
