// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs all benchmarks of a package, with its peers, in one JMH run that also counts allocations.
 * Writes JMH's CSV and a Markdown table, {@code AREA.csv} and {@code AREA-table.md}; hand-written
 * pages have other names. Arguments: the output folder, the package (such as {@code ratelimit}) and
 * JMH options. Default: one fork, three warm-up and five measured iterations of one second each.
 */
public final class RunAll {
  private RunAll() {}

  /** Runs the benchmarks. */
  public static void main(String[] arguments)
      throws RunnerException, CommandLineOptionException, IOException {
    if (arguments.length < 2) {
      throw new IllegalArgumentException(
          "arguments: " + List.of(arguments) + " (expected: FOLDER PACKAGE [JMH OPTION...])");
    }
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    String area = arguments[1];
    String[] rest = Arrays.copyOfRange(arguments, 2, arguments.length);
    var asked = new CommandLineOptions(rest);
    String load = load();
    var options =
        new OptionsBuilder()
            .parent(asked)
            .addProfiler(GCProfiler.class)
            .resultFormat(ResultFormatType.CSV)
            .result(folder.resolve(area + ".csv").toString())
            .shouldFailOnError(true);
    if (!asked.getForkCount().hasValue()) {
      options.forks(1);
    }
    if (!asked.getWarmupIterations().hasValue()) {
      options.warmupIterations(3).warmupTime(TimeValue.seconds(1));
    }
    if (!asked.getMeasurementIterations().hasValue()) {
      options.measurementIterations(5).measurementTime(TimeValue.seconds(1));
    }
    if (asked.getIncludes().isEmpty()) {
      options.include("io\\.gatewaykit\\.benchmarks\\." + area + "\\.");
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    String table = ResultTable.of(results, header(area, rest, load));
    Files.writeString(folder.resolve(area + "-table.md"), table);
    System.out.println(table);
  }

  private static String header(String area, String[] options, String load) {
    var command = new ArrayList<>(List.of("benchmarks/scripts/jmh.sh", area));
    command.addAll(List.of(options));
    return "`%s`: %d processors, load %s at the start, %s %s, %s"
        .formatted(
            String.join(" ", command),
            Runtime.getRuntime().availableProcessors(),
            load,
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            System.getProperty("os.name"));
  }

  private static String load() {
    Path file = Path.of("/proc/loadavg");
    try {
      return Files.isReadable(file) ? Files.readString(file).split(" ", 2)[0] : "unknown";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
