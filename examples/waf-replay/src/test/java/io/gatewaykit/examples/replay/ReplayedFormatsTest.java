// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.wafrules.WafPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The program blocks the requests that a {@link WafGuard} blocks, for each format of recordings and
 * for policies that change rules, levels and limits of bodies. The guard is called here as by an
 * adapter, without the classes of the replay.
 */
class ReplayedFormatsTest {
  private static final Path TEXTS =
      Path.of("../../gateway-waf/src/test/resources/io/gatewaykit/waf");

  private static final Map<String, String> POLICIES =
      Map.of(
          "default",
          "mode: block\n",
          "strict",
          "paranoia: 3\nthreshold: 3\nlimits: {form-bytes: 2000, document-bytes: 4000}\n",
          "excluded",
          """
          exclusions:
            - {family: sqli, on: "arg:q", path: /search}
            - {family: xss, on: "arg:q"}
            - {rule: protocol-body-oversize, path: /form}
          reject-unknown-codings: false
          """,
          "lax",
          """
          threshold: 10
          reject-oversize: false
          limits: {form-bytes: 2000, document-bytes: 4000}
          rule-modes: {log4shell-jndi: count}
          """);

  private final JsonMapper mapper = new JsonMapper();
  @TempDir private Path dir = Path.of("");

  private record Case(String method, String target, Map<String, String> headers, String body) {}

  /** Attacks and harmless texts, in parameters, and where the format has bodies also in bodies. */
  private static List<Case> cases(boolean bodies) throws IOException {
    List<String> texts = new ArrayList<>(Files.readAllLines(TEXTS.resolve("own-harmless.txt")));
    for (String line : Files.readAllLines(TEXTS.resolve("own-attacks.txt"))) {
      texts.add(line.substring(line.indexOf(' ') + 1));
    }
    List<Case> cases = new ArrayList<>();
    for (String text : texts) {
      String field = "q=" + URLEncoder.encode(text, UTF_8);
      cases.add(new Case("GET", (cases.size() % 2 == 0 ? "/search?" : "/?") + field, Map.of(), ""));
      if (bodies && cases.size() % 3 == 0) {
        String form = "a=" + "x".repeat(cases.size() % 9 == 0 ? 2_500 : 5) + "&" + field;
        cases.add(new Case("POST", "/form", type("application/x-www-form-urlencoded"), form));
        String json = "{\"q\":" + new JsonMapper().writeValueAsString(text) + "}";
        cases.add(new Case("POST", "/search", type("application/json"), json));
        cases.add(new Case("POST", "/search", Map.of("Content-Encoding", "br"), "text"));
      }
    }
    return cases;
  }

  private static Map<String, String> type(String name) {
    return Map.of("Content-Type", name);
  }

  @ParameterizedTest
  @CsvSource({
    "access.log, default", "access.log, strict", "access.log, excluded", "access.log, lax",
    "site.har, default", "site.har, strict", "site.har, excluded", "site.har, lax",
    "cases.jsonl, default", "cases.jsonl, strict", "cases.jsonl, excluded", "cases.jsonl, lax",
  })
  void program_blocksWhatTheGuardBlocks(String name, String policy) throws Exception {
    List<Case> cases = cases(!name.equals("access.log"));
    Path recording = Files.writeString(dir.resolve(name), recorded(name, cases));
    Path settings = Files.writeString(dir.resolve("waf.yaml"), POLICIES.get(policy));
    WafPolicy read = WafPolicy.read(settings);
    WafGuard guard = read.guard(read.waf().build()).build();
    Set<Integer> blocked = new TreeSet<>();
    for (int i = 0; i < cases.size(); i++) {
      if (isBlocked(guard, cases.get(i))) {
        blocked.add(i + 1);
      }
    }

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        WafReplay.run(
            new PrintStream(out, true, UTF_8),
            System.err,
            "--json",
            "--misses",
            "--policy",
            settings.toString(),
            recording.toString());

    assertThat(code).isZero();
    assertThat(blocked).hasSizeBetween(20, cases.size() - 20);
    assertThat(misses(out.toString(UTF_8))).isEqualTo(blocked);
  }

  /** Returns the numbers of the requests that are listed: all have ids of harmless ones. */
  private Set<Integer> misses(String lines) throws IOException {
    Set<Integer> numbers = new TreeSet<>();
    for (String line : lines.lines().toList()) {
      JsonNode miss = mapper.readTree(line).path("miss");
      if (!miss.isMissingNode()) {
        String id = miss.path("id").asText();
        numbers.add(Integer.valueOf(id.substring(Math.max(id.indexOf('#'), id.indexOf(':')) + 1)));
      }
    }
    return numbers;
  }

  /** Returns the decision of a guard on a body that arrives as one chunk. */
  private static boolean isBlocked(WafGuard guard, Case one) {
    List<String> flat = new ArrayList<>();
    one.headers().forEach((name, value) -> flat.addAll(List.of(name, value)));
    RequestHead request =
        RequestHead.builder(one.method(), one.target())
            .headers(Headers.of(flat.toArray(new String[0])))
            .build();
    if (guard.onHead(request) instanceof Verdict.Reject) {
      return true;
    }
    BodyInspector inspector = one.body().isEmpty() ? null : guard.inspectBody(request);
    return inspector != null && rejection(inspector, one.body()) != null;
  }

  private static @Nullable Rejection rejection(BodyInspector inspector, String body) {
    try {
      Rejection early = inspector.onBytes(ByteBuffer.wrap(body.getBytes(UTF_8)));
      if (early != null) {
        return early;
      }
      Verdict verdict = inspector.onHeld(true);
      return verdict instanceof Verdict.Reject reject ? reject.rejection() : null;
    } finally {
      inspector.close();
    }
  }

  private String recorded(String name, List<Case> cases) {
    return switch (name) {
      case "access.log" -> accessLog(cases);
      case "site.har" -> har(cases);
      default -> jsonLines(cases);
    };
  }

  private static String accessLog(List<Case> cases) {
    StringBuilder log = new StringBuilder();
    for (Case one : cases) {
      log.append("192.0.2.7 - - [01/Jun/2026:08:00:00 +0000] \"GET ").append(one.target());
      log.append(" HTTP/1.1\" 200 17 \"-\" \"-\"\n");
    }
    return log.toString();
  }

  private String har(List<Case> cases) {
    ObjectNode root = mapper.createObjectNode();
    ArrayNode entries = root.putObject("log").putArray("entries");
    for (Case one : cases) {
      ObjectNode request = entries.addObject().putObject("request");
      request.put("method", one.method());
      request.put("url", "https://shop.example.com" + one.target());
      ArrayNode headers = request.putArray("headers");
      one.headers()
          .forEach((key, value) -> headers.addObject().put("name", key).put("value", value));
      if (!one.body().isEmpty()) {
        request.putObject("postData").put("text", one.body());
      }
    }
    return root.toString();
  }

  private String jsonLines(List<Case> cases) {
    StringBuilder lines = new StringBuilder();
    for (Case one : cases) {
      ObjectNode line = mapper.createObjectNode();
      line.put("method", one.method());
      line.put("uri", one.target());
      ObjectNode headers = line.putObject("headers");
      one.headers().forEach(headers::put);
      line.put("body", one.body());
      lines.append(line).append('\n');
    }
    return lines.toString();
  }
}
