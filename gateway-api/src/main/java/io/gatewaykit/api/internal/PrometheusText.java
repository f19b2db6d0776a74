// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import java.util.Locale;

/**
 * Writes metrics in the Prometheus text format 0.0.4. Values of labels are escaped; names, types
 * and help texts are those of the caller and are written unchanged.
 *
 * <p>Not thread-safe.
 */
public final class PrometheusText {
  private final StringBuilder out = new StringBuilder(4096);

  /** Creates a writer without output. */
  public PrometheusText() {}

  /**
   * Declares a metric family, before its samples.
   *
   * @param type {@code counter}, {@code gauge} or {@code summary}
   */
  public void family(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /**
   * Writes a sample.
   *
   * @param labels names and values of labels, alternating
   */
  public void sample(String name, long value, String... labels) {
    write(name, Long.toString(value), labels);
  }

  /**
   * Writes a sample in seconds, with six decimal places.
   *
   * @param labels names and values of labels, alternating
   */
  public void seconds(String name, long nanos, String... labels) {
    write(name, String.format(Locale.ROOT, "%.6f", nanos / 1e9), labels);
  }

  /** Returns the output so far. */
  @Override
  public String toString() {
    return out.toString();
  }

  private void write(String name, String value, String... labels) {
    out.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      out.append(escaped(labels[i + 1])).append('"');
    }
    out.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
