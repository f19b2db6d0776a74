// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gatewaykit.api.request.Headers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Replays recorded traffic, which is not part of the project: {@code attacks.dev.jsonl.gz} and
 * {@code benign.dev.jsonl.gz} in the directory {@code -Dgatewaykit.waf.corpus=DIR}, by default
 * {@code waf-corpus} next to the checkout.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorpusTest {
  private static final Path CORPUS =
      Path.of(System.getProperty("gatewaykit.waf.corpus", "../../shared/waf-corpus"));
  private static final Set<String> HARD =
      Set.of("code-talk", "fp-suite", "trigger-prose", "password");

  private final JsonMapper mapper = new JsonMapper();
  private final Waf waf = Waf.builder().build();

  /** The counts of one or several classes. */
  private static final class Counts {
    private int blocked;
    private int requests;

    private void add(Counts other) {
      blocked += other.blocked;
      requests += other.requests;
    }

    private double percent() {
      return requests == 0 ? 0 : 100.0 * blocked / requests;
    }
  }

  @Test
  void corpus_attacks_areBlocked() throws IOException {
    Map<String, Counts> classes = replay("attacks.dev.jsonl.gz");

    assertThat(total(classes)).isGreaterThanOrEqualTo(90);
    assertThat(classes)
        .allSatisfy((name, c) -> assertThat(c.percent()).as(name).isGreaterThanOrEqualTo(75));
    assertThat(classes.values().stream().mapToDouble(Counts::percent).average().orElse(0))
        .isGreaterThanOrEqualTo(88);
  }

  @Test
  void corpus_benignTraffic_passes() throws IOException {
    Map<String, Counts> classes = replay("benign.dev.jsonl.gz");
    Map<String, Counts> hard = new TreeMap<>(classes);
    hard.keySet().retainAll(HARD);
    Map<String, Counts> ordinary = new TreeMap<>(classes);
    ordinary.keySet().removeAll(HARD);

    assertThat(total(ordinary)).isLessThanOrEqualTo(0.5);
    assertThat(ordinary.getOrDefault("chat", new Counts()).percent()).isLessThanOrEqualTo(0.2);
    assertThat(total(hard)).isLessThanOrEqualTo(4);
  }

  private static double total(Map<String, Counts> classes) {
    Counts sum = new Counts();
    classes.values().forEach(sum::add);
    return sum.percent();
  }

  private Map<String, Counts> replay(String file) throws IOException {
    Path path = CORPUS.resolve(file);
    assumeTrue(
        Files.isReadable(path),
        "skipped: set -Dgatewaykit.waf.corpus=DIR to a directory with *.dev.jsonl.gz");
    Map<String, Counts> classes = new TreeMap<>();
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(path)), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode record = mapper.readTree(line);
        Counts counts = classes.computeIfAbsent(record.path("class").asText(), c -> new Counts());
        counts.requests++;
        counts.blocked += waf.inspect(request(record)).blocked() ? 1 : 0;
      }
    }
    return classes;
  }

  private static WafRequest request(JsonNode record) {
    List<String> headers = new ArrayList<>();
    for (var header : record.path("headers").properties()) {
      headers.add(wire(header.getKey()));
      headers.add(wire(header.getValue().asText()));
    }
    byte[] body =
        record.has("body_b64")
            ? Base64.getDecoder().decode(record.path("body_b64").asText())
            : record.path("body").asText().getBytes(StandardCharsets.UTF_8);
    return WafRequest.of(
        record.path("method").asText(),
        wire(record.path("uri").asText()),
        Headers.of(headers.toArray(new String[0])),
        body);
  }

  /** Returns a text as sent on the wire, with one byte per char. */
  private static String wire(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
