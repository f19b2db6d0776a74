// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A line chart as SVG text: just enough for the charts of the documentation. */
final class SvgChart {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 260;
  private static final int LEFT = 56;
  private static final int TOP = 34;
  private static final int BOTTOM = 44;
  private static final int RIGHT = 16;
  private static final String[] COLOURS = {"#1f6feb", "#c4432b", "#7d8590", "#2da44e"};

  private final String title;
  private final String xLabel;
  private final List<String> yLabels;
  private final List<String> names = new ArrayList<>();
  private final List<double[]> series = new ArrayList<>();
  private final double perPoint;

  /**
   * Creates a chart.
   *
   * @param perPoint the width of one point of a series on the x axis
   * @param yLabels the labels of the y axis, evenly spaced from 0 to 1
   */
  SvgChart(String title, String xLabel, double perPoint, List<String> yLabels) {
    this.title = title;
    this.xLabel = xLabel;
    this.perPoint = perPoint;
    this.yLabels = yLabels;
  }

  /** Adds a series of values of 0 to 1. */
  SvgChart add(String name, double[] values) {
    names.add(name);
    series.add(values);
    return this;
  }

  String render() {
    var svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"12\">",
        WIDTH,
        HEIGHT);
    add(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    add(svg, "<text x=\"%d\" y=\"18\" font-size=\"14\">%s</text>", LEFT, title);
    for (int i = 0; i < yLabels.size(); i++) {
      double y = y((double) i / (yLabels.size() - 1));
      add(
          svg,
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#d0d7de\"/>",
          LEFT,
          y,
          WIDTH - RIGHT,
          y);
      add(
          svg,
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
          LEFT - 6,
          y + 4,
          yLabels.get(i));
    }
    int points = series.get(0).length;
    for (int i = 0; i <= 6; i++) {
      int point = (points - 1) * i / 6;
      add(
          svg,
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>",
          x(point, points),
          HEIGHT - BOTTOM + 16,
          point * perPoint);
    }
    add(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
        WIDTH - RIGHT,
        HEIGHT - 10,
        xLabel);
    for (int i = 0; i < series.size(); i++) {
      add(
          svg,
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>",
          COLOURS[i],
          points(series.get(i)));
      add(
          svg,
          "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>",
          LEFT + 150 * i,
          HEIGHT - 10,
          COLOURS[i],
          names.get(i));
    }
    return svg.append("</svg>\n").toString();
  }

  /** Omits points of equal value, so that a step consists of two points. */
  private static String points(double[] values) {
    var text = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      boolean level =
          i > 0
              && i < values.length - 1
              && values[i] == values[i - 1]
              && values[i] == values[i + 1];
      if (!level) {
        text.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i, values.length), y(values[i])));
      }
    }
    return text.toString().trim();
  }

  private static double x(int point, int points) {
    return LEFT + (double) point / (points - 1) * (WIDTH - LEFT - RIGHT);
  }

  private static double y(double value) {
    return TOP + (1 - value) * (HEIGHT - TOP - BOTTOM);
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation library is not worth a dependency here
  private static void add(StringBuilder svg, String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
