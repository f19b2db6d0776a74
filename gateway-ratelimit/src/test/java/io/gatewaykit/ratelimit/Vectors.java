// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** Reads the recorded results of the original. */
final class Vectors {
  private static final Pattern TAB = Pattern.compile("\t");

  private Vectors() {}

  /** One call and its result in the original. */
  record Row(
      String p1,
      String p2,
      String p3,
      long millis,
      String key,
      String op,
      String result,
      String delay,
      String value) {
    static Row parse(String line) {
      String[] c = TAB.split(line, -1);
      return new Row(c[1], c[2], c[3], Long.parseLong(c[4]), c[5], c[6], c[7], c[8], c[9]);
    }

    boolean isOk() {
      return result.equals("ok");
    }
  }

  /** Returns the cases of a file, by name. */
  static Stream<Named<List<Row>>> cases(String file) {
    var cases = new LinkedHashMap<String, List<Row>>();
    try (var in = requireNonNull(Vectors.class.getResourceAsStream("/vectors/resty/" + file));
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        cases
            .computeIfAbsent(line.substring(0, line.indexOf('\t')), k -> new ArrayList<>())
            .add(Row.parse(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases.entrySet().stream()
        .map((Map.Entry<String, List<Row>> e) -> Named.of(e.getKey(), e.getValue()));
  }
}
