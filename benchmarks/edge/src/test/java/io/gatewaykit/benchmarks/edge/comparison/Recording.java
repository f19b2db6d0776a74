// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.comparison;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

/**
 * The results seen by the clients of wrk.
 *
 * @param requests the number of responses
 * @param failed the number of failed requests
 * @param slow the number of responses that took more than 200 ms
 * @param worstMillis the maximum response time
 * @param slices the results over time, in order
 */
record Recording(long requests, long failed, long slow, long worstMillis, List<Slice> slices) {
  private static final int CONNECTIONS = 16;

  /** The results of ten milliseconds, on the clock of {@link System#nanoTime}. */
  record Slice(long millis, int primary, int backup, int bad) {}

  static boolean canRecord() {
    return Files.isExecutable(Path.of("/usr/bin/wrk"));
  }

  /** Starts wrk at a constant rate; its output is parsed by {@link #of}. */
  static Process start(Path folder, int port, int seconds) throws IOException {
    Path script = folder.resolve("record.lua");
    try (InputStream in = Recording.class.getResourceAsStream("record.lua")) {
      if (in == null) {
        throw new IOException("record.lua is not on the class path");
      }
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return wrk(port, seconds, "-s", script.toString());
  }

  /** Runs wrk at full speed, so that code is compiled before the measurement. */
  static void warmUp(int port, int seconds) throws IOException {
    wrk(port, seconds).getInputStream().readAllBytes();
  }

  private static Process wrk(int port, int seconds, String... more) throws IOException {
    var command = new ArrayList<String>(List.of("wrk", "-t1", "-c" + CONNECTIONS));
    command.addAll(List.of("-d" + seconds + "s", "--timeout", "30s"));
    command.addAll(List.of(more));
    command.add("http://127.0.0.1:" + port + "/lessons/42");
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /** Waits for wrk to complete. */
  static Recording of(Process wrk) throws IOException {
    String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int result = output.indexOf("RESULT ");
    if (result < 0) {
      throw new IOException("unexpected output of wrk: " + output);
    }
    var in = new Scanner(output.substring(result + "RESULT ".length()));
    long requests = in.nextLong();
    long socketErrors = in.nextLong();
    long slow = in.nextLong();
    long worst = in.nextLong();
    var slices = new ArrayList<Slice>();
    long bad = 0;
    while (in.hasNextLong()) {
      var slice = new Slice(in.nextLong(), in.nextInt(), in.nextInt(), in.nextInt());
      bad += slice.bad();
      slices.add(slice);
    }
    return new Recording(requests, socketErrors + bad, slow, worst, slices);
  }

  /** Returns the time from this moment to the first response of the backup line; -1 if none. */
  long firstBackupAfter(long millis) {
    for (Slice slice : slices) {
      if (slice.millis() >= millis && slice.backup() > 0) {
        return slice.millis() - millis;
      }
    }
    return -1;
  }

  /**
   * Returns the time from this moment until the primary line serves nine in ten requests for half a
   * second; -1 if never.
   */
  long backAfter(long millis) {
    for (Slice from : slices) {
      long begin = from.millis();
      if (begin >= millis) {
        int primary = 0;
        int all = 0;
        for (Slice slice : slices) {
          if (slice.millis() >= begin && slice.millis() < begin + 500) {
            primary += slice.primary();
            all += slice.primary() + slice.backup() + slice.bad();
          }
        }
        if (all > 0 && primary >= 0.9 * all) {
          return begin - millis;
        }
      }
    }
    return -1;
  }
}
