// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The load that an endpoint reports about itself, in a response to a request or to a probe.
 * Immutable.
 *
 * @param utilization the used fraction of the endpoint's capacity, at least 0; 1 is full, and more
 *     is overload
 */
public record LoadReport(double utilization) {
  /** The header field in which servers that implement Open Request Cost Aggregation report. */
  public static final String HEADER = "endpoint-load-metrics";

  private static final int MAX_LENGTH = 4_096;

  /** A name with a number, in the text format and in the JSON format; not the end of a name. */
  private static final Pattern METRIC =
      Pattern.compile(
          "(?<![\\w.-])(application_utilization|cpu_utilization)\"?\\s*[=:]\\s*([0-9.eE+-]+)");

  /**
   * Validates the value.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public LoadReport {
    if (!(utilization >= 0) || Double.isInfinite(utilization)) {
      throw new IllegalArgumentException(
          "utilization: " + utilization + " (expected: at least 0, finite)");
    }
  }

  /**
   * Parses the value of a header field: a number such as {@code 0.73}, or the ORCA formats {@code
   * TEXT application_utilization=0.73, rps_fractional=120} and {@code JSON {"cpu_utilization":
   * 0.73}}. The utilization of the application takes precedence over that of the CPU if it is more
   * than 0. The binary format is not supported.
   *
   * @return the report; null if the value contains none or is invalid
   */
  public static @Nullable LoadReport parse(String value) {
    String text = value.strip();
    if (text.length() > MAX_LENGTH || text.toUpperCase(Locale.ROOT).startsWith("BIN ")) {
      return null;
    }
    LoadReport plain = number(text);
    if (plain != null) {
      return plain;
    }
    LoadReport cpu = null;
    Matcher metrics = METRIC.matcher(text);
    while (metrics.find()) {
      LoadReport report = number(metrics.group(2));
      if (report != null && metrics.group(1).startsWith("cpu")) {
        cpu = report;
      } else if (report != null && report.utilization > 0) {
        return report;
      }
    }
    return cpu;
  }

  private static @Nullable LoadReport number(String text) {
    if (text.isEmpty() || "0123456789.".indexOf(text.charAt(0)) < 0) {
      return null; // also excludes NaN and Infinity, which the parser of the JDK accepts
    }
    try {
      double number = Double.parseDouble(text);
      return Double.isInfinite(number) ? null : new LoadReport(number);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
