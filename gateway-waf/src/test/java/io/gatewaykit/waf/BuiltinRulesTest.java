// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.internal.rules.BuiltinRules;
import io.gatewaykit.waf.pattern.PatternSet;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule matches its own sample, so the removal of any rule fails a test. */
public class BuiltinRulesTest {
  private static final Waf DEFAULT = Waf.builder().build();
  private static final Waf STRICT = Waf.builder().paranoia(3).build();

  /** A line of the table of samples. */
  public record Sample(String rule, boolean hit, String where, String text) {
    @Override
    public String toString() {
      return rule + (hit ? " finds " : " spares ") + where + " " + text;
    }

    WafRequest request() {
      String[] words = text.split(" ", 2);
      return switch (where) {
        case "" -> get("/?q=" + URLEncoder.encode(text, ISO_8859_1));
        case "path" -> get(text.replace(" ", "%20"));
        case "query" -> get("/?" + text);
        case "basic" ->
            WafRequest.of(
                "GET",
                "/",
                Headers.of(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1))));
        case "name" -> get("/?" + URLEncoder.encode(text, ISO_8859_1) + "=1");
        case "sent" ->
            WafRequest.of(
                "POST",
                "/",
                Headers.of("Content-Type", "application/x-www-form-urlencoded"),
                (text + "=1").getBytes(ISO_8859_1));
        case "field" -> get("/?" + words[0] + "=" + URLEncoder.encode(words[1], ISO_8859_1));
        case "header" -> WafRequest.of("GET", "/", Headers.of(words[0], words[1]));
        case "cookie" -> WafRequest.of("GET", "/", Headers.of("Cookie", text));
        case "file" ->
            multipart("Content-Disposition: form-data; name=\"f\"; filename=\"" + text + "\"");
        case "upload" ->
            multipart(
                "Content-Disposition: form-data; name=\"f\"; filename=\"" + words[0] + "\"",
                words[1]);
        case "oversize" ->
            WafRequest.of(
                "POST",
                "/",
                Headers.of("Content-Type", "application/x-www-form-urlencoded"),
                new byte[(2 << 20) + 1]);
        case "coding" ->
            WafRequest.of(
                "POST", "/", Headers.of("Content-Encoding", text), "text".getBytes(UTF_8));
        case "part" -> multipart("Content-Disposition: form-data; name=\"f\"\r\n" + text);
        case "json" ->
            WafRequest.of(
                "POST",
                "/",
                Headers.of("Content-Type", "application/json"),
                text.getBytes(ISO_8859_1));
        default -> throw new IllegalArgumentException(where);
      };
    }

    private static WafRequest get(String target) {
      return WafRequest.of("GET", target, Headers.empty());
    }

    private static WafRequest multipart(String head) {
      return multipart(head, "x");
    }

    private static WafRequest multipart(String head, String content) {
      String body = "--b\r\n" + head + "\r\n\r\n" + content + "\r\n--b--\r\n";
      return WafRequest.of(
          "POST",
          "/",
          Headers.of("Content-Type", "multipart/form-data; boundary=b"),
          body.getBytes(ISO_8859_1));
    }
  }

  public static List<Sample> samples() throws IOException {
    return samples("internal/rules/samples.txt");
  }

  /**
   * Returns the samples of a resource. A line without a sign names the rule or kind of the next.
   */
  static List<Sample> samples(String resource) throws IOException {
    List<Sample> samples = new ArrayList<>();
    String rule = "";
    for (String line : lines(resource)) {
      if (line.startsWith("+") || line.startsWith("-")) {
        int space = line.indexOf(' ');
        samples.add(
            new Sample(
                rule,
                line.startsWith("+"),
                line.substring(1, space),
                unescape(line.substring(space + 1))));
      } else {
        rule = line;
      }
    }
    return samples;
  }

  private static List<String> lines(String resource) throws IOException {
    try (InputStream in = requireNonNull(BuiltinRulesTest.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }

  private static String unescape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 1 < text.length()) {
        char e = text.charAt(++i);
        if (e == 'x') {
          out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
          i += 2;
        } else {
          int control = "rnt".indexOf(e);
          out.append(control < 0 ? e : "\r\n\t".charAt(control));
        }
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static List<String> hits(Waf waf, WafRequest request) {
    return waf.inspect(request).hits().stream().map(RuleHit::rule).toList();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void inspect_sample_isFoundBySaidRuleOrSpared(Sample sample) {
    if (sample.hit()) {
      assertThat(hits(STRICT, sample.request())).contains(sample.rule());
    } else {
      assertThat(hits(STRICT, sample.request())).doesNotContain(sample.rule());
    }
  }

  @Test
  void samples_everyRule_hasAMatchAndANonMatch() throws IOException {
    Set<String> found = new HashSet<>();
    Set<String> spared = new HashSet<>();
    samples().forEach(sample -> (sample.hit() ? found : spared).add(sample.rule()));
    List<String> ids = BuiltinRules.all().stream().map(Rule::id).toList();

    assertThat(ids).doesNotHaveDuplicates();
    assertThat(found).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(spared).isSubsetOf(ids);
    assertThat(ids)
        .filteredOn(id -> !spared.contains(id))
        .allSatisfy(id -> assertThat(id).endsWith("-weak"));
  }

  static Stream<Rule> rules() {
    return BuiltinRules.all().stream();
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rule_any_hasAMessageAndASource(Rule rule) {
    assertThat(rule.message()).isNotBlank();
    assertThat(rule.provenance()).isNotBlank();
    if (rule.id().endsWith("-weak")) {
      assertThat(rule.paranoia()).isGreaterThan(1);
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rule_anyPattern_runsOnTheAutomaton(Rule rule) {
    for (Condition condition : rule.conditions()) {
      if (condition.operator() instanceof Operator.Matches matches) {
        assertThat(PatternSet.of(matches.regex()).interpreted()).isZero();
      }
    }
  }

  /** Messages of language learners: emoticons, quotes, code, discussion of code, thirty scripts. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Please echo my answer",
        "He said: \"select the best answer; drop the rest\" -- ok?",
        "Привет))) как дела?))",
        "ну ладно)) (шучу)",
        "haha)) *)",
        "*** !!! ??? ...",
        "I'll be there at 5 & you at 6; don't be late!",
        "O'Brien's cat and the dog's bone",
        "1 or 2? I think 1 = one, 2 = two",
        "你好！我今天学了“选择(select)”这个词。",
        "これは「drop」と「table」の違いです；合っていますか？",
        "안녕하세요 :) <3 >_<",
        "كيف حالك؟ (بخير)",
        "¿Qué significa \"union\" en inglés?",
        "C'est l'été; j'ai 25 ans -- et toi ?",
        "if x > 3 and y < 5: print(x)",
        "for (int i = 0; i < 10; i++) { sum += i; }",
        "def greet(name):\n    return f'Hello {name}'",
        "const f = async () => { await g(); return h; };",
        "SELECT is the word I don't know, what does FROM mean?",
        "```\nls -la\ncd ..\n```\nwhat does it do?",
        "Use `{{name}}` in the template",
        "Name: Ann\nLocation: Paris\nStatus: ok\nLink: none",
        "see https://example.com/a?b=c&d=e#f",
        "see http://localhost:3000/ in your browser",
        "price: $5.00 (50% off!) #sale @home",
        "a@b.example; c@d.example",
        "p4$$w0rd'\"<>;--",
        "The file /etc/hosts maps names to addresses",
        "Tom & Jerry | Mickey; type the answer",
        "JavaScript: the good parts",
        "😀😃 (╯°□°）╯︵ ┻━┻ ¯\\_(ツ)_/¯",
        "5--6 apples and 7--8 pears; or 9?",
        "she said \u2018yes\u2019 or \u2018no\u2019",
        "Bye!\nlove -Anna",
        "what is 'java.util.List' in Java?",
        "use ProcessBuilder here, not Runtime",
        "#1 and #2 or #3",
        "2# and 3b are keys in music",
        "the union--which I like--and the select few",
        "a | b | c\n--|--|--\n1 | 2 | 3",
        "Is it \"or\" or \"and\"? 'then' or 'than'?",
        "group by age, order by name: what's the difference?",
        "backup.zip is 20 MB",
        "memory limit = how much I can learn in a day",
        "try (select one): a) in b) on",
        "case when in doubt, then ask",
        "I'm 20/m/uk, u?",
        "<3 you =) >:( :-* ;-) \\o/ {{{hugs}}}",
        "ls means list; cd means change directory",
        "{{% tab name=\"with-a.yaml\" %}}",
        "ไทย ภาษา สวัสดี, हिन्दी नमस्ते, עברית שלום, ქართული, አማርኛ"
      })
  void inspect_whatPeopleWrite_passes(String text) {
    Headers json = Headers.of("Content-Type", "application/json");
    String body = "{\"text\":" + quoted(text) + "}";
    WafRequest message = WafRequest.of("POST", "/send", json, body.getBytes(UTF_8));
    WafRequest form =
        WafRequest.of("GET", "/send?text=" + URLEncoder.encode(text, UTF_8), Headers.empty());

    assertThat(hits(DEFAULT, message)).isEmpty();
    assertThat(hits(DEFAULT, form)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "这个命令把`/etc/passwd`的内容发给我",
        "目录里运行的是`/bin/ls`这个程序",
        "what is stored in `/etc/shadow` there?"
      })
  void inspect_pathQuotedInASentence_isNotBlocked(String text) {
    WafRequest request =
        WafRequest.of("GET", "/?q=" + URLEncoder.encode(text, UTF_8), Headers.empty());
    assertThat(DEFAULT.inspect(request).blocked()).isFalse();
  }

  private static String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          switch (c) {
            case '"', '\\' -> json.append('\\').append((char) c);
            case '\n' -> json.append("\\n");
            default -> json.append((char) c);
          }
        });
    return json.append('"').toString();
  }
}
