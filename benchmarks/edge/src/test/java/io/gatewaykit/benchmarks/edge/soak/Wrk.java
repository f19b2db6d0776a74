// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the load generator of the Debian package wrk for a limited time. */
final class Wrk {
  private static final Pattern SIZE = Pattern.compile("(\\d+) requests in");
  private static final Pattern P99 = Pattern.compile("99%\\s+([\\d.]+)(us|ms|s)");
  private static final Pattern FAILED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern ERRORS =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

  private Wrk() {}

  /**
   * The results seen by the clients.
   *
   * @param requests the number of responses
   * @param lost the number of failed requests
   * @param p99Millis the 99th percentile of the response time
   */
  record Result(long requests, long lost, double p99Millis) {}

  static boolean isInstalled() {
    return Files.isExecutable(Path.of("/usr/bin/wrk"));
  }

  static Result run(int port, int connections, int seconds) throws IOException {
    Process wrk =
        new ProcessBuilder(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "10s",
                "--latency",
                "http://127.0.0.1:" + port + "/lessons/42?lang=zh")
            .redirectErrorStream(true)
            .start();
    return parse(new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  static Result parse(String output) {
    Matcher size = SIZE.matcher(output);
    Matcher p99 = P99.matcher(output);
    if (!size.find() || !p99.find()) {
      throw new IllegalStateException("unexpected output of wrk: " + output);
    }
    double unit =
        switch (p99.group(2)) {
          case "us" -> 0.001;
          case "ms" -> 1;
          default -> 1000;
        };
    long lost = 0;
    Matcher failed = FAILED.matcher(output);
    if (failed.find()) {
      lost += Long.parseLong(failed.group(1));
    }
    Matcher errors = ERRORS.matcher(output);
    if (errors.find()) {
      for (int i = 1; i <= 4; i++) {
        lost += Long.parseLong(errors.group(i));
      }
    }
    return new Result(Long.parseLong(size.group(1)), lost, Double.parseDouble(p99.group(1)) * unit);
  }
}
