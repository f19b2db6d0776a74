// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.simulation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.failover.LineSwitcher;
import io.gatewaykit.failover.simulation.Cluster.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The charts of line switching in {@code docs} equal the output of the simulation. Run {@link
 * #main} in the folder of the module to update them.
 */
class PicturesTest {
  private static final Path DOCS = Path.of("..", "docs");

  /** A file of the documentation. */
  record Picture(String file, String svg) {
    @Override
    public String toString() {
      return file;
    }
  }

  /** The charts whose values are reproducible on every machine. */
  static Stream<Picture> pictures() {
    return Stream.of(failback(), storm(), OutagePictures.retryStorm());
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void committedChart_equalsTheSimulation(Picture picture) throws IOException {
    assertThat(Files.readString(DOCS.resolve(picture.file))).isEqualTo(picture.svg);
  }

  private static Picture failback() {
    double[] ours = SixHours.failback(LineSwitcher.defaults(), 181, 30, 60);
    double[] atOnce = SixHours.failback(LineSwitcher.immediate(), 181, 30, 60);
    String svg =
        new SvgChart(
                "Share of the better line, which is down from 30 s to 60 s",
                "seconds",
                1,
                List.of("0 %", "25 %", "50 %", "75 %", "100 %"))
            .add("rise and ramp", ours)
            .add("immediate()", atOnce)
            .render();
    return new Picture("failover-failback.svg", svg);
  }

  private static Picture storm() {
    double[] up = new double[721];
    for (int i = 0; i < up.length; i++) {
      up[i] = SixHours.up(0, SixHours.STORM_AT - 120 + i) ? 1 : 0.9;
    }
    String svg =
        new SvgChart(
                "A line that flaps for eight minutes: which line has the traffic",
                "seconds",
                1,
                List.of("157 ms", "150 ms"))
            .add("margin, dwell, rise", onFirst(new SixHours().run(SixHours.ours())))
            .add("lowest latency", onFirst(new SixHours().run(SixHours.lowestEwma())))
            .add("dips: it is down", up)
            .render();
    return new Picture("failover-flapping.svg", svg);
  }

  private static double[] onFirst(SixHours.Result result) {
    int from = SixHours.STORM_AT - 120;
    return result.active().subList(from, from + 721).stream()
        .mapToDouble(i -> i == 0 ? 1 : 0)
        .toArray();
  }

  private static Picture fastFailure() {
    var chart =
        new SvgChart(
            "Traffic that goes to a server failing in 1 ms, one of ten",
            "seconds",
            1,
            List.of("0 %", "10 %", "20 %", "30 %", "40 %"));
    for (String name : List.of("ours", "Finagle's peak EWMA", "round robin")) {
      int[][] seconds =
          Cluster.run(Fault.FAST_FAILURE, requireNonNull(ClusterTest.CHOOSERS.get(name)), 20, 0)
              .perSecond;
      double[] shares =
          Arrays.stream(seconds, 0, 20).mapToDouble(s -> (double) s[0] / s[1] / 0.4).toArray();
      chart.add(name.equals("ours") ? "peakEwma()" : name, shares);
    }
    return new Picture("failover-fast-failure.svg", chart.render());
  }

  /** Updates the charts. */
  public static void main(String[] arguments) throws IOException {
    List<Picture> all =
        List.of(
            failback(),
            storm(),
            fastFailure(),
            OutagePictures.greyFailure(),
            OutagePictures.lossyLine(),
            OutagePictures.retryStorm(),
            OutagePictures.adaptiveLimit());
    for (Picture picture : all) {
      Files.writeString(DOCS.resolve(picture.file), picture.svg);
    }
  }
}
