package io.gatewaykit.examples.edge.comparison;

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
 * What wrk's clients saw.
 *
 * @param requests how many were answered
 * @param failed how many got a bad answer or none
 * @param slow how many took more than 200 ms
 * @param worstMillis how long the slowest took
 * @param slices what came when, in order
 */
record Recording(long requests, long failed, long slow, long worstMillis, List<Slice> slices) {
  private static final int CONNECTIONS = 16;

  /** What came in ten milliseconds, by the clock of {@link System#nanoTime}. */
  record Slice(long millis, int primary, int backup, int bad) {}

  static boolean canRecord() {
    return Files.isExecutable(Path.of("/usr/bin/wrk"));
  }

  /** Starts wrk at a steady pace; to be read by {@link #of}. */
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

  /** Lets wrk ask as fast as it can, so that code is compiled before anything is measured. */
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

  /** Waits for the end of wrk. */
  static Recording of(Process wrk) throws IOException {
    String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int result = output.indexOf("RESULT ");
    if (result < 0) {
      throw new IOException("wrk said: " + output);
    }
    var in = new Scanner(output.substring(result + "RESULT ".length()));
    long requests = in.nextLong();
    long broken = in.nextLong();
    long slow = in.nextLong();
    long worst = in.nextLong();
    var slices = new ArrayList<Slice>();
    long bad = 0;
    while (in.hasNextLong()) {
      var slice = new Slice(in.nextLong(), in.nextInt(), in.nextInt(), in.nextInt());
      bad += slice.bad();
      slices.add(slice);
    }
    return new Recording(requests, broken + bad, slow, worst, slices);
  }

  /** How long after that moment the backup line answered first; -1 if it never did. */
  long firstBackupAfter(long millis) {
    for (Slice slice : slices) {
      if (slice.millis() >= millis && slice.backup() > 0) {
        return slice.millis() - millis;
      }
    }
    return -1;
  }

  /**
   * How long after that moment the primary line gave nine of ten answers again, for half a second;
   * -1 if it never did.
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
