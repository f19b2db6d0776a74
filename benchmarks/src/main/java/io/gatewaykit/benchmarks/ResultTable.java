// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Renders the results of a run as a Markdown table, one row per benchmark and parameters. */
final class ResultTable {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private ResultTable() {}

  static String of(Collection<RunResult> results, String header) {
    var rows = new ArrayList<String>();
    for (RunResult result : results) {
      rows.add(row(result));
    }
    return header
        + "\n\n| benchmark | parameters | score | error | unit | B/op |\n"
        + "|---|---|---:|---:|---|---:|\n"
        + String.join("\n", rows)
        + "\n";
  }

  private static String row(RunResult result) {
    BenchmarkParams params = result.getParams();
    String[] parts = params.getBenchmark().split("\\.", -1);
    String name = parts[parts.length - 2] + "." + parts[parts.length - 1];
    var setting = new ArrayList<String>();
    if (params.getThreads() > 1) {
      setting.add(params.getThreads() + " threads");
    }
    for (String key : params.getParamsKeys()) {
      setting.add(key + "=" + params.getParam(key));
    }
    Result<?> primary = result.getPrimaryResult();
    Result<?> allocation = result.getSecondaryResults().get(ALLOCATION);
    return "| %s | %s | %s | %s | %s | %s |"
        .formatted(
            name,
            String.join(", ", setting),
            number(primary.getScore()),
            number(primary.getScoreError()),
            primary.getScoreUnit(),
            allocation == null ? "" : number(allocation.getScore()));
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    double size = Math.abs(value);
    String format = size >= 1000 ? "%,.0f" : size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
