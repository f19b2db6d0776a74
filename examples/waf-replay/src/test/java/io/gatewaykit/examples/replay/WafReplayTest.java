// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WafReplayTest {
  private static final String HARMLESS =
      """
      {"id":"b-1","class":"chat","method":"POST","uri":"/send","headers":{"Content-Type":"application/json"},"body":"{\\"text\\":\\"你好, how are you?\\"}"}
      """;
  private static final String ATTACK =
      """
      {"id":"a-1","class":"sqli","method":"GET","uri":"/item?id=1%20union%20select%20password%20from%20users"}
      """;

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return WafReplay.run(
        new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), arguments);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  private List<JsonNode> rows() throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : out().lines().toList()) {
      rows.add(new JsonMapper().readTree(line));
    }
    return rows;
  }

  @Test
  void run_jsonLines_countsEachClass() throws IOException {
    assertThat(run("--json", file("r.jsonl", HARMLESS + ATTACK + ATTACK))).isZero();

    assertThat(rows()).hasSize(3);
    assertThat(rows().get(0).toString())
        .isEqualTo("{\"class\":\"chat\",\"requests\":1,\"blocked\":0,\"detected\":0}");
    assertThat(rows().get(1).toString())
        .isEqualTo("{\"class\":\"sqli\",\"requests\":2,\"blocked\":2,\"detected\":2}");
    assertThat(rows().get(2).path("class").textValue()).isEqualTo("*");
    assertThat(rows().get(2).path("requests").intValue()).isEqualTo(3);
    assertThat(rows().get(2).path("cpu_us_per_request").doubleValue()).isPositive();
  }

  @Test
  void run_gzip_isUndone() throws IOException {
    Path file = folder.resolve("r.jsonl.gz");
    try (var gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
      gzip.write(ATTACK.getBytes(UTF_8));
    }

    assertThat(run(file.toString())).isZero();
    assertThat(out()).containsPattern("sqli +1 +1 +100\\.00%").containsPattern("\\* +1 +1");
  }

  @Test
  void run_truncatedGzip_countsWhatItRead() throws IOException {
    Path whole = folder.resolve("whole.gz");
    try (var gzip = new GZIPOutputStream(Files.newOutputStream(whole))) {
      gzip.write(ATTACK.repeat(5_000).getBytes(UTF_8));
    }
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut.gz");
    Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));

    assertThat(run("--json", cut.toString())).isEqualTo(1);
    assertThat(err()).contains("cut.gz");
    assertThat(rows().get(0).path("requests").intValue()).isPositive();
  }

  @Test
  void run_badLines_areNamedAndSkipped() throws IOException {
    String bad =
        """
        {"id":"x"}
        {"method":"GET","uri":5}

        not json at all
        {"method":"GET","uri":"/"} trailing
        {"method":"GET","uri":"/","headers":[]}
        {"method":"GET","uri":"/","body_b64":"%"}
        """;
    String name = file("r.jsonl", ATTACK + bad + HARMLESS);

    assertThat(run("--json", name)).isEqualTo(1);
    assertThat(rows().get(2).path("requests").intValue()).isEqualTo(2);
    assertThat(err().lines().toList()).hasSize(6);
    assertThat(err())
        .contains(name + ":2: method: missing (expected: a string)")
        .contains(name + ":3: uri: NUMBER (expected: a string)")
        .contains(name + ":5: not JSON")
        .contains(name + ":6: not JSON")
        .contains(name + ":7: headers: ARRAY (expected: an object)")
        .contains(name + ":8: body_b64");
  }

  @Test
  void run_manyBadLines_areCountedNotAllNamed() throws IOException {
    assertThat(run(file("r.jsonl", "{\n".repeat(500)))).isEqualTo(1);
    assertThat(err().lines().toList()).hasSize(21);
    assertThat(err()).contains("500 bad lines in all");
  }

  @Test
  void run_binaryBody_isInspected() throws IOException {
    String body =
        java.util.Base64.getEncoder()
            .encodeToString("q=1' union select 1,2 from users-- -\u00ff".getBytes(UTF_8));
    String line =
        "{\"class\":\"c\",\"method\":\"POST\",\"uri\":\"/\",\"headers\":{\"Content-Type\":"
            + "[\"application/x-www-form-urlencoded\"]},\"body_b64\":\""
            + body
            + "\"}";

    assertThat(run("--json", file("r.jsonl", line))).isZero();
    assertThat(rows().get(0).path("blocked").intValue()).isEqualTo(1);
  }

  @Test
  void run_har_readsTargetHeadersAndBody() throws IOException {
    String har =
        """
        {
          "log": {
            "version": "1.2", "creator": {"name": "x", "version": "1"}, "pages": [{"id": "p"}],
            "entries": [
              {"request": {"method": "GET", "url": "https://shop.example/a?q=tea#top",
                "headers": [{"name": ":authority", "value": "shop.example"}]},
               "response": {"status": 200, "content": {"text": "<script>alert(1)</script>"}}},
              {"request": {"method": "GET", "url": "https://shop.example?q=1%20union%20select%20a%20from%20b", "headers": []}},
              {"request": {"method": "POST", "url": "https://shop.example/p", "headers": [
                 {"name": "Content-Type", "value": "application/x-www-form-urlencoded"}],
                "postData": {"mimeType": "application/x-www-form-urlencoded",
                  "params": [{"name": "id", "value": "1 union select a from b"}]}}},
              {"request": {"method": "GET"}}
            ]
          }
        }
        """;

    assertThat(run("--json", file("site.har", har))).isEqualTo(1);
    assertThat(rows().get(0).toString())
        .isEqualTo("{\"class\":\"site.har\",\"requests\":3,\"blocked\":2,\"detected\":2}");
    assertThat(err()).contains("site.har:13: entry 4: no request with method and url");
  }

  @Test
  void run_malformedHar_reportsThePosition() throws IOException {
    String har =
        "{\"log\": {\"entries\": [\n{\"request\": {\"method\": \"GET\", \"url\": \"/\"}},\n{]";

    assertThat(run("--json", file("site.har", har))).isEqualTo(1);
    assertThat(rows().get(0).path("requests").intValue()).isEqualTo(1);
    assertThat(err()).contains("site.har:3: not JSON");
  }

  @Test
  void run_accessLog_readsRequestLineRefererAndAgent() throws IOException {
    String log =
        """
        203.0.113.9 - - [12/Mar/2026:06:25:24 +0000] "GET /a?q=tea HTTP/1.1" 200 612 "https://a.example/" "Mozilla/5.0"
        203.0.113.9 - ann lee [12/Mar/2026:06:25:24 +0000] "GET /?q=1%20union%20select%20a%20from%20b HTTP/1.1" 200 612 "-" "Mozilla/5.0"
        www.example:443 203.0.113.9 - - [12/Mar/2026:06:25:24 +0000] "GET / HTTP/1.1" 200 5 "-" "\\x22sqlmap/1.7\\" (x)"
        203.0.113.9 - - [12/Mar/2026:06:25:25 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"
        203.0.113.9 - - [12/Mar/2026:06:25:26 +0000] "GET /common HTTP/1.0" 200 5
        """;

    assertThat(run("--json", "--by-rule", file("access.log", log))).isEqualTo(1);
    assertThat(rows().get(0).toString())
        .isEqualTo("{\"class\":\"access.log\",\"requests\":4,\"blocked\":2,\"detected\":2}");
    assertThat(err()).contains("access.log:4: no request line");
  }

  @Test
  void run_explain_reportsRulePositionAndExclusion() throws IOException {
    assertThat(run("--explain", "a-1", file("r.jsonl", HARMLESS + ATTACK))).isZero();
    assertThat(out())
        .contains("a-1 (sqli): blocked, score ")
        .contains("in ARG id")
        .contains(".target(Target.ARG, \"id\")")
        .doesNotContain("requests");

    assertThat(run("--explain", "a-2", folder.resolve("r.jsonl").toString())).isEqualTo(1);
    assertThat(err()).contains("--explain: a-2 is in none of the files");
  }

  @Test
  void run_misses_listsWrongDecisions() throws IOException {
    String wrong =
        HARMLESS.replace("b-1", "a-2") + ATTACK.replace("a-1", "b-2") + HARMLESS + ATTACK;

    assertThat(run("--misses", file("r.jsonl", wrong))).isZero();
    assertThat(out().lines().filter(line -> line.contains("score=")).toList())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).startsWith("passed a-2 chat"))
        .anySatisfy(line -> assertThat(line).startsWith("blocked b-2 sqli"));
  }

  @Test
  void run_rules_limitsTheFamilies() throws IOException {
    String name = file("r.jsonl", ATTACK);

    assertThat(run("--json", "--rules", "xss", "rce", name)).isZero();
    assertThat(rows().get(0).path("blocked").intValue()).isZero();
    out.reset();
    assertThat(run("--json", name, "--rules", "xss,SQLI")).isZero();
    assertThat(rows().get(0).path("blocked").intValue()).isEqualTo(1);
  }

  @Test
  void run_paranoia_findsMore() throws IOException {
    String name =
        file("r.jsonl", ATTACK.replace("1%20union%20select%20password%20from%20users", "blue'"));

    assertThat(run("--json", name)).isZero();
    assertThat(rows().get(0).path("detected").intValue()).isZero();
    out.reset();
    assertThat(run("--json", "--paranoia", "3", name)).isZero();
    assertThat(rows().get(0).path("detected").intValue()).isEqualTo(1);
  }

  @Test
  void run_badUsage_exitsWith2() throws IOException {
    String name = file("r.jsonl", ATTACK);

    assertThat(run()).isEqualTo(2);
    assertThat(run("--nonsense", name)).isEqualTo(2);
    assertThat(run("--threshold", "0", name)).isEqualTo(2);
    assertThat(run("--repeat", "0", name)).isEqualTo(2);
    assertThat(run("--paranoia", "4", name)).isEqualTo(2);
    assertThat(err()).contains("--threshold: 0 (expected: 1..10000)");
  }

  @Test
  void run_missingFile_isNamedAndTheRestIsRead() throws IOException {
    String name = file("r.jsonl", ATTACK);

    assertThat(run("--json", folder.resolve("none").toString(), name)).isEqualTo(1);
    assertThat(err()).contains("none: no such file");
    assertThat(rows().get(0).path("requests").intValue()).isEqualTo(1);
  }

  @Test
  void run_terminalEscapesInTheRecording_areNotWritten() throws IOException {
    String line =
        "{\"id\":\"b-\\u001b[2J\",\"class\":\"\\u001b[2J\",\"method\":\"GET\",\"uri\":\"/\"}";

    assertThat(run("--explain", "b-\u001b[2J", file("r.jsonl", line))).isZero();
    assertThat(out()).contains("b-\\u001b[2J").doesNotContain("\u001b");
  }

  @Test
  void run_withAPolicy_appliesItsExclusions() throws IOException {
    Path policy = folder.resolve("waf.yaml");
    Path log = folder.resolve("requests.jsonl");
    Files.writeString(
        log, "{\"id\":\"b-1\",\"method\":\"GET\",\"uri\":\"/unix?example=/etc/passwd\"}\n");

    Files.writeString(policy, "mode: detect\n");
    assertThat(run("--misses", "--policy", policy.toString(), log.toString())).isZero();
    assertThat(out()).as("a policy that only detects").contains("would be blocked b-1");

    out.reset();
    Files.writeString(
        policy, "exclusions: [{family: traversal, on: \"arg:example\", path: /unix}]\n");
    assertThat(run("--misses", "--policy", policy.toString(), log.toString())).isZero();
    assertThat(out()).doesNotContain("blocked b-1");
  }

  @Test
  void run_withABadPolicy_reportsFileLineAndColumn() throws IOException {
    Path policy = folder.resolve("waf.yaml");
    Files.writeString(policy, "mode: blok\n");
    assertThat(run("--policy", policy.toString(), policy.toString())).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains("waf.yaml:1:7: mode: blok (expected: one of off, detect, block)");
  }
}
