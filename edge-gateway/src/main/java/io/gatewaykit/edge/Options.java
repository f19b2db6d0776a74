// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command-line options.
 *
 * @param port the port of the proxy, overriding the configuration; -1 if not given
 * @param adminPort the port of the status page, overriding the configuration; -1 if not given
 * @param config the configuration file; null for the demonstration
 * @param threads the number of event loops that serve requests
 */
record Options(int port, int adminPort, @Nullable Path config, int threads) {
  static final String USAGE =
      """
      Usage: edge-gateway [--config FILE.yaml] [--port N] [--admin-port N] [--threads N]
             edge-gateway --help

        --config FILE.yaml  proxy the upstreams of this file (default: three simulated lines)
        --port N            port of the proxy (default: that of the file, or 8080)
        --admin-port N      port of the status page (default: that of the file, or 9901)
        --threads N         event loops that serve requests (default: one per processor)
      """;

  /** Thrown when the command line is invalid. The message gives the argument and the reason. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  /** Returns whether only the usage text is requested. */
  static boolean wantsHelp(List<String> arguments) {
    return arguments.contains("--help") || arguments.contains("-h");
  }

  static Options parse(List<String> arguments) throws UsageException {
    int port = -1;
    int adminPort = -1;
    Path config = null;
    int threads = Runtime.getRuntime().availableProcessors();
    for (int i = 0; i < arguments.size(); i += 2) {
      String option = arguments.get(i);
      if (!List.of("--config", "--port", "--admin-port", "--threads").contains(option)) {
        throw new UsageException(
            option + " (expected: --config, --port, --admin-port or --threads)");
      }
      if (i + 1 == arguments.size()) {
        throw new UsageException(option + ": no value");
      }
      String value = arguments.get(i + 1);
      switch (option) {
        case "--config" -> config = Path.of(value);
        case "--port" -> port = number(option, value, 0, 65_535);
        case "--admin-port" -> adminPort = number(option, value, 0, 65_535);
        default -> threads = number(option, value, 1, 256);
      }
    }
    return new Options(port, adminPort, config, threads);
  }

  private static int number(String option, String value, int min, int max) throws UsageException {
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, together with the range
    }
    throw new UsageException(option + ": " + value + " (expected: " + min + ".." + max + ")");
  }
}
