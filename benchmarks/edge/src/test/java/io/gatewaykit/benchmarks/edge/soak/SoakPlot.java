// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.edge.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Plots the samples of a soak run over time: heap, latency, and the active line. */
final class SoakPlot {
  private static final int WIDTH = 860;
  private static final int LEFT = 70;
  private static final int PLOT = WIDTH - LEFT - 20;
  private static final int PANEL = 130;
  private static final int GAP = 40;
  private static final List<String> COLOURS = List.of("#2b6cb0", "#dd6b20", "#38a169");

  private final List<Soak.Sample> samples;
  private final StringBuilder out = new StringBuilder();

  private SoakPlot(List<Soak.Sample> samples) {
    this.samples = samples;
  }

  static String svg(List<Soak.Sample> samples, String title) {
    return new SoakPlot(samples).draw(title);
  }

  private String draw(String title) {
    int height = 40 + 3 * (PANEL + GAP) + 20;
    out.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
            .formatted(WIDTH, height));
    text(LEFT, 20, "start", title);
    panel(
        0,
        "heap after a full collection, MiB",
        List.of(s -> s.heapKib() / 1024.0),
        List.of("heap"));
    panel(1, "99th percentile of a window, ms", List.of(Soak.Sample::p99Millis), List.of("p99"));
    var lines = new ArrayList<>(samples.get(0).share().keySet());
    var series = new ArrayList<ToDoubleFunction<Soak.Sample>>();
    for (String line : lines) {
      series.add(s -> 100 * s.share().getOrDefault(line, 0.0));
    }
    panel(2, "share of the attempts, %", series, lines);
    text(LEFT + PLOT, height - 12, "end", "seconds");
    return out.append("</svg>\n").toString();
  }

  private void panel(
      int index, String title, List<ToDoubleFunction<Soak.Sample>> series, List<String> names) {
    int top = 50 + index * (PANEL + GAP);
    double most = 1;
    for (var one : series) {
      most = Math.max(most, samples.stream().mapToDouble(one).max().orElse(1));
    }
    double end = Math.max(1, samples.get(samples.size() - 1).second());
    text(LEFT, top - 6, "start", title);
    text(LEFT - 6, top + 10, "end", number(most));
    text(LEFT - 6, top + PANEL, "end", "0");
    text(LEFT, top + PANEL + 14, "start", "0");
    text(LEFT + PLOT, top + PANEL + 14, "end", number(end));
    out.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#bbb\"/>%n"
            .formatted(LEFT, top, PLOT, PANEL));
    for (int i = 0; i < series.size(); i++) {
      String colour = COLOURS.get(i % COLOURS.size());
      out.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" points=\"");
      for (Soak.Sample sample : samples) {
        out.append(
            String.format(
                Locale.ROOT,
                "%.1f,%.1f ",
                LEFT + PLOT * sample.second() / end,
                top + PANEL - PANEL * series.get(i).applyAsDouble(sample) / most));
      }
      out.append("\"/>\n");
      out.append("<g fill=\"").append(colour).append("\">");
      text(LEFT + PLOT - 110 * (series.size() - 1 - i), top - 6, "end", names.get(i));
      out.append("</g>\n");
    }
  }

  private void text(int x, int y, String anchor, String text) {
    out.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n"
            .formatted(x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;")));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }
}
