package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.api.request.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** Replays recorded traffic, which is not part of the project, from where it lies. */
class CorpusTest {
  private static final Path CORPUS = Path.of(System.getProperty("gatewaykit.waf.corpus", "none"));
  private static final Set<String> HARD =
      Set.of("code-talk", "fp-suite", "trigger-prose", "password");
  private final Waf waf = Waf.builder().build();

  @Test
  void corpus_defaultRules_keepsItsScores() throws IOException {
    assumeTrue(
        Files.isDirectory(CORPUS),
        "skipped: set -Dgatewaykit.waf.corpus=DIR to a directory with *.dev.jsonl.gz");
    Map<String, int[]> attacks = replay("attacks.dev.jsonl.gz");
    Map<String, int[]> benign = replay("benign.dev.jsonl.gz");

    double mean = attacks.values().stream().mapToDouble(CorpusTest::rate).average().orElse(0);
    assertThat(total(attacks, attacks.keySet())).isGreaterThanOrEqualTo(0.86);
    assertThat(mean).isGreaterThanOrEqualTo(0.84);
    assertThat(rate(benign.getOrDefault("chat", new int[] {0, 1}))).isLessThanOrEqualTo(0.002);
  }

  private static double rate(int[] count) {
    return (double) count[0] / count[1];
  }

  private static double total(Map<String, int[]> table, Set<String> classes) {
    int[] sum = new int[2];
    for (String name : classes) {
      sum[0] += table.getOrDefault(name, new int[2])[0];
      sum[1] += table.getOrDefault(name, new int[2])[1];
    }
    return rate(sum);
  }

  private Map<String, int[]> replay(String file) throws IOException {
    Map<String, int[]> table = new TreeMap<>();
    boolean dump = System.getProperty("gatewaykit.waf.dump") != null;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(CORPUS.resolve(file))),
                StandardCharsets.ISO_8859_1))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String json = line;
        Map<String, String> fields = new TreeMap<>();
        List<String> headers = new ArrayList<>();
        int body = json.lastIndexOf("\"headers\":");
        assertThat(JsonValues.read(json, 8, (n, v) -> fields.putIfAbsent(n, v))).isTrue();
        int close = json.indexOf('}', body);
        while (!JsonValues.read(json.substring(body + 10, close + 1), 8, (n, v) -> {})) {
          close = json.indexOf('}', close + 1);
        }
        JsonValues.read(
            json.substring(body + 10, close + 1),
            8,
            (n, v) -> {
              if (!n.isEmpty()) {
                headers.add(n);
                headers.add(v);
              }
            });
        WafResult result =
            waf.inspect(
                WafRequest.of(
                    fields.getOrDefault("method", "GET"),
                    fields.getOrDefault("uri", "/"),
                    Headers.of(headers.toArray(new String[0])),
                    fields.getOrDefault("body", "").getBytes(StandardCharsets.ISO_8859_1)));
        int[] count = table.computeIfAbsent(fields.get("class"), c -> new int[2]);
        count[0] += result.blocked() ? 1 : 0;
        count[1]++;
        if (dump && result.blocked() == file.startsWith("benign")) {
          String why =
              result.hits().isEmpty()
                  ? ""
                  : result.hits().get(0).rule() + " " + result.hits().get(0).excerpt();
          System.out.println(
              "DUMP "
                  + fields.get("class")
                  + " | "
                  + why
                  + " | "
                  + fields.get("uri")
                  + " | "
                  + fields.getOrDefault("body", "").replace('\n', ' '));
        }
      }
    }
    table.forEach((name, c) ->
        System.out.printf("%-16s %5d %5d  %.2f %%%n", name, c[0], c[1], 100 * rate(c)));
    System.out.printf(
        "%-16s %.2f %% (hard classes: %s)%n", file, 100 * total(table, table.keySet()), HARD);
    return table;
  }
}
