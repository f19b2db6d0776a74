package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatewaykit.api.ManualTicker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same answers as resty.limit.req, to the nanosecond that its milliseconds can show. */
class RestyConformanceTest {
  record Row(
      BigDecimal rate,
      BigDecimal burst,
      long millis,
      String key,
      String op,
      String result,
      String delay,
      String excess) {
    static Row parse(String line) {
      String[] c = line.split("\t", -1);
      return new Row(
          new BigDecimal(c[1]),
          new BigDecimal(c[2]),
          Long.parseLong(c[4]),
          c[5],
          c[6],
          c[7],
          c[8],
          c[9]);
    }
  }

  static Stream<Named<List<Row>>> cases() {
    return read().entrySet().stream()
        .filter(e -> e.getKey().startsWith("core-") || e.getKey().startsWith("edge-"))
        .filter(e -> e.getValue().stream().allMatch(r -> r.op().equals("0") || r.op().equals("1")))
        .filter(e -> isWhole(e.getValue().get(0).rate()) && isWhole(e.getValue().get(0).burst()))
        .map(e -> Named.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keyedBucket_answersAsTheOriginal(List<Row> rows) {
    Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    KeyedLeakyBucket<String> bucket =
        KeyedLeakyBucket.<String>builder()
            .limit(
                Limit.perSecond(first.rate().longValueExact())
                    .burst(first.burst().longValueExact()))
            .ticker(ticker)
            .build();
    for (Row row : rows) {
      ticker.advanceNanos(Duration.ofMillis(row.millis()).toNanos() - ticker.read());
      check(row, row.op().equals("1") ? bucket.check(row.key(), 1) : bucket.peek(row.key(), 1));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void singleBuckets_answerAsTheOriginal(List<Row> rows) {
    Row first = rows.get(0);
    var ticker = new ManualTicker(Duration.ofMillis(first.millis()).toNanos());
    Limit limit =
        Limit.perSecond(first.rate().longValueExact()).burst(first.burst().longValueExact());
    Map<String, LeakyBucket> buckets = new LinkedHashMap<>();
    for (Row row : rows) {
      ticker.advanceNanos(Duration.ofMillis(row.millis()).toNanos() - ticker.read());
      LeakyBucket bucket =
          buckets.computeIfAbsent(
              row.key(), k -> LeakyBucket.builder().limit(limit).ticker(ticker).build());
      check(row, row.op().equals("1") ? bucket.check(1) : bucket.peek(1));
    }
  }

  @Test
  void cases_areThere() {
    assertThat(cases().count()).isGreaterThan(10);
    assertThat(cases().mapToLong(c -> c.getPayload().size()).sum()).isGreaterThan(150);
  }

  private static void check(Row row, Decision decision) {
    assertThat(decision.admitted()).as("%s", row).isEqualTo(row.result().equals("ok"));
    if (decision.admitted()) {
      assertThat(decision.delay().toNanos() / 1e6)
          .as("%s", row)
          .isCloseTo(Double.parseDouble(row.delay()), within(2e-4));
    }
  }

  private static boolean isWhole(BigDecimal number) {
    return number.stripTrailingZeros().scale() <= 0;
  }

  private static Map<String, List<Row>> read() {
    var cases = new LinkedHashMap<String, List<Row>>();
    try (var in =
            requireNonNull(
                RestyConformanceTest.class.getResourceAsStream("/vectors/resty/limit-req.tsv"));
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        cases
            .computeIfAbsent(line.substring(0, line.indexOf('\t')), k -> new ArrayList<>())
            .add(Row.parse(line));
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return cases;
  }
}
