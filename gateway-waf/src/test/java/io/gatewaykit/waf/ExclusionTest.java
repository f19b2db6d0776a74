// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scope of exclusions, and the rejection of those that can never apply. */
class ExclusionTest {
  private static final String ATTACK = "<script>alert(1)</script>";
  private static final Headers JSON =
      Headers.of("Host", "a.example", "Content-Type", "application/json");
  private static final Headers FORM =
      Headers.of("Host", "a.example", "Content-Type", "application/x-www-form-urlencoded");

  private static final Rule WORD =
      Rule.builder("word")
          .when(
              Condition.on(Target.ARG, Target.ARG_NAME, Target.HEADER, Target.COOKIE, Target.PATH)
                  .matches("evil"))
          .build();

  private static Waf words(Exclusion... exclusions) {
    Waf.Builder waf = Waf.builder().families().rule(WORD);
    List.of(exclusions).forEach(waf::exclude);
    return waf.build();
  }

  private static boolean passes(Waf waf, String target, String... headers) {
    return !waf.inspect(WafRequest.of("GET", target, Headers.of(headers))).blocked();
  }

  private static Exclusion arg(String name) {
    return Exclusion.rule("word").target(Target.ARG, name);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          html,             html,         true
          html,             HTML,         false
          html,             htmls,        false
          ht*,              html,         true
          row[*][html],     row[5][html], true
          row[*][html],     row[][html],  true
          row[*][html],     row[5][x][html], false
          row[*],           row[5][x],    false
          *,                anything,     true
          a\\*,              a*,           true
          a\\*,              ab,           false
          *[*],             a[0],         true
          caf\u00e9,        caf%C3%A9,    true
          """)
  void name_isAGlob(String pattern, String name, boolean covered) {
    String query = "/?" + name.replace("[", "%5B").replace("]", "%5D") + "=evil";
    assertThat(passes(words(arg(pattern)), query)).isEqualTo(covered);
  }

  @Test
  void name_ofAHeaderField_hasNoCase() {
    Waf waf = words(Exclusion.rule("word").target(Target.HEADER, "X-Ht*"));
    assertThat(passes(waf, "/", "x-html", "evil")).isTrue();
    assertThat(passes(waf, "/", "X-HTML", "evil")).isTrue();
    assertThat(passes(waf, "/", "X-Other", "evil")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /api,                  /api,                    true
          /api,                  /api/x,                  true
          /api,                  /apix,                   false
          /api/,                 /api/x,                  true
          /api/,                 /apix,                   false
          /api/tenants/*/pages,  /api/tenants/7/pages,    true
          /api/tenants/*/pages,  /api/tenants/7/users,    false
          /api/tenants/*/pages,  /api/tenants/7/8/pages,  false
          /api/tenants/*/pages,  /api/tenants/7/pages/1,  false
          /api/*/pages/**,       /api/7/pages/1/2,        true
          /api,                  /x/../api/y,             false
          /api,                  /api/..;/y,              false
          /api,                  //api,                   false
          /api,                  /api/../y,               false
          /api,                  /%61pi,                  true
          /a%2A,                 /a*,                     true
          /a%2A,                 /ab,                     false
          /caf%C3%A9,            /caf%C3%A9/x,            true
          """)
  void path_matchesWholeSegments(String pattern, String path, boolean covered) {
    Waf waf = words(arg("q").onPath(pattern));
    assertThat(passes(waf, path + "?q=evil")).isEqualTo(covered);
  }

  @Test
  void name_ofJson_isAPathOrTheMembersName() {
    Waf path = words(arg("doc.blocks[*].html"));
    assertThat(passesJson(path, "{\"doc\":{\"blocks\":[{\"a\":1},{\"html\":\"evil\"}]}}")).isTrue();
    assertThat(passesJson(path, "{\"doc\":{\"html\":\"evil\"}}")).isFalse();
    assertThat(passesJson(path, "{\"x\":{\"blocks\":[{\"html\":\"evil\"}]}}")).isFalse();
    assertThat(passesJson(path, "{\"html\":\"evil\"}")).isFalse();
    assertThat(passesJson(path, "{\"doc\":{\"blocks\":[{\"x\":[{\"html\":\"evil\"}]}]}}"))
        .isFalse();

    Waf member = words(arg("html"));
    assertThat(passesJson(member, "{\"doc\":{\"blocks\":[{\"html\":\"evil\"}]}}")).isTrue();
    assertThat(passesJson(member, "{\"doc\":{\"text\":\"evil\"}}")).isFalse();
    assertThat(passesJson(words(arg("[*].html")), "[{\"html\":\"evil\"}]")).isTrue();
  }

  private static boolean passesJson(Waf waf, String json) {
    return !waf.inspect(WafRequest.of("POST", "/", JSON, json.getBytes(UTF_8))).blocked();
  }

  @Test
  void selector_ofJson_isAPathOrTheMembersName() {
    Rule digits =
        Rule.builder("digits")
            .when(Condition.on(Target.ARG.named("order.items[*].id")).notMatches("^[0-9]+$"))
            .build();
    Waf waf = Waf.builder().families().rule(digits).build();
    assertThat(passesJson(waf, "{\"order\":{\"items\":[{\"id\":7},{\"id\":8}]}}")).isTrue();
    assertThat(passesJson(waf, "{\"order\":{\"items\":[{\"id\":7},{\"id\":\"x\"}]}}")).isFalse();
    assertThat(passesJson(waf, "{\"order\":{\"id\":\"x\"},\"id\":\"y\"}")).isTrue();
  }

  @Test
  void source_narrowsToQueryOrBody() {
    Waf query = words(arg("q").inQuery());
    Waf body = words(arg("q").inBody());
    byte[] form = "q=evil".getBytes(UTF_8);
    assertThat(passes(query, "/?q=evil")).isTrue();
    assertThat(passes(body, "/?q=evil")).isFalse();
    assertThat(query.inspect(WafRequest.of("POST", "/", FORM, form)).blocked()).isTrue();
    assertThat(body.inspect(WafRequest.of("POST", "/", FORM, form)).blocked()).isFalse();
  }

  @Test
  void referer_ofAnExcludedPage_passesWithAllThatThePageLoads() {
    Waf waf =
        Waf.builder()
            .exclude(
                Exclusion.rule("traversal-system-file")
                    .target(Target.ARG, "example")
                    .onPath("/courses/"))
            .exclude(
                Exclusion.rule("traversal-unix-file")
                    .target(Target.ARG, "example")
                    .onPath("/courses/"))
            .build();
    String page = "/courses/unix?lang=en&example=/etc/passwd";
    String address = "https://school.example" + page;
    assertThat(passes(waf, page, "Host", "school.example")).isTrue();
    for (String target :
        List.of(
            "/style.css",
            "/collect?v=1&dl=https%3A%2F%2Fschool.example%2Fcourses%2Funix%3Fexample%3D%2Fetc%2Fpasswd",
            "/login?return=%2Fcourses%2Funix%3Fexample%3D%252Fetc%252Fpasswd")) {
      assertThat(passes(waf, target, "Host", "school.example:8443", "Referer", address))
          .as(target)
          .isTrue();
    }
    byte[] beacon = ("{\"url\":\"" + address + "\"}").getBytes(UTF_8);
    Headers json = Headers.of("Host", "school.example", "Content-Type", "application/json");
    assertThat(waf.inspect(WafRequest.of("POST", "/beacon", json, beacon)).blocked()).isFalse();

    for (String text :
        List.of("x%20%2Fetc%2Fpasswd", "%22%2Fetc%2Fpasswd", "%3Cb%3E%2Fetc%2Fpasswd")) {
      String target = "/login?return=%2Fcourses%2Funix%3Fexample%3D" + text;
      assertThat(passes(waf, target, "Host", "school.example")).as(target).isFalse();
    }
    for (String other :
        List.of(
            "https://school.example/courses/unix?other=/etc/passwd",
            "https://school.example/lessons/unix?example=/etc/passwd",
            "https://school.example/courses/../unix?example=/etc/passwd",
            "https://evil.example/courses/unix?example=/etc/passwd",
            "https://school.example@evil.example/courses/unix?example=/etc/passwd",
            "https://school.example/courses/unix?example=/etc/passwd&x=/etc/passwd",
            "https://school.example/courses/unix?example=<script>alert(1)</script>")) {
      assertThat(passes(waf, "/style.css", "Host", "school.example", "Referer", other))
          .as(other)
          .isFalse();
    }
  }

  @Test
  void suggestion_ofEachHit_admitsItAndHasThePath() {
    Waf waf = Waf.builder().build();
    for (WafRequest request :
        List.of(
            WafRequest.of("GET", "/a/b%2A%3F%25?q=" + ATTACK, Headers.of("Host", "a.example")),
            WafRequest.of("GET", "/**?*=" + ATTACK, Headers.of("Host", "a.example")),
            WafRequest.of("GET", "/x", Headers.of("Host", "a.example", "X-Note", ATTACK)),
            WafRequest.of("GET", "/x?caf%C3%A9=" + ATTACK, Headers.of("Host", "a.example")),
            WafRequest.of(
                "POST",
                "/doc/7",
                JSON,
                ("{\"doc\":{\"b\":[0,{\"h*\":\"" + ATTACK + "\"}]}}").getBytes(UTF_8)))) {
      WafResult result = waf.inspect(request);
      assertThat(result.blocked()).as(request.rawTarget()).isTrue();
      Waf.Builder tuned = Waf.builder();
      for (RuleHit hit : result.hits()) {
        assertThat(hit.suggestion().path()).isNotNull();
        tuned.exclude(hit.suggestion());
      }
      assertThat(tuned.build().inspect(request).hits()).as(request.rawTarget()).isEmpty();
      assertThat(tuned.build().inspect(WafRequest.of("GET", "/?other=" + ATTACK, JSON)).blocked())
          .as("an exclusion from %s covers nothing else", request.rawTarget())
          .isTrue();
    }
  }

  @Test
  void suggestion_ofJson_coversTheOtherElementsOfItsArrays() {
    String json = "{\"doc\":{\"blocks\":[{},{\"html\":\"" + ATTACK + "\"}]}}";
    WafResult result =
        Waf.builder().build().inspect(WafRequest.of("POST", "/p", JSON, json.getBytes(UTF_8)));
    assertThat(result.hits().get(0).name()).isEqualTo("doc.blocks[1].html");
    assertThat(result.hits().get(0).suggestion().toJava())
        .endsWith(".target(Target.ARG, \"doc.blocks[*].html\").onPath(\"/p\")");
  }

  private static void assertNever(Exclusion exclusion, String why) {
    assertThatThrownBy(() -> Waf.builder().exclude(exclusion).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(exclusion.toJava())
        .hasMessageContaining(why);
  }

  @Test
  void exclusion_thatCanNeverApply_failsTheBuildWithAReason() {
    assertNever(Exclusion.rule("xss-script-tag").target(Target.METHOD), "one of [PATH, ARG");
    assertNever(Exclusion.all().target(Target.HEADER, "Cookie"), "COOKIE");
    assertNever(Exclusion.all().target(Target.PATH, "q"), "a request has one PATH");
    assertNever(Exclusion.all().target(Target.HEADER, "x").inBody(), "comes from the body");
    assertNever(Exclusion.all().target(Target.COOKIE, "x").inQuery(), "comes from the query");
    assertNever(Exclusion.family(RuleFamily.CUSTOM), "a family that has rules");
    Rule head =
        Rule.builder("head").when(Condition.on(Target.ARG).matches("x")).phase(Phase.HEAD).build();
    assertThatThrownBy(() ->
            Waf.builder()
                .rule(head)
                .exclude(Exclusion.rule("head").target(Target.ARG).inBody())
                .build())
        .hasMessageContaining("can never apply");
    Rule named =
        Rule.builder("named").when(Condition.on(Target.ARG.named("id")).matches("x")).build();
    assertThatThrownBy(() ->
            Waf.builder()
                .rule(named)
                .exclude(Exclusion.rule("named").target(Target.ARG, "other"))
                .build())
        .hasMessageContaining("a name that its rules inspect");
    assertThatCode(() ->
            Waf.builder()
                .rule(named)
                .exclude(Exclusion.rule("named").target(Target.ARG, "i*"))
                .build())
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          api
          /a/../b
          /a//b
          /a/./b
          /a?q=1
          /a#b
          /a*b
          /**/b
          /a/%2e%2e/b
          """)
  void path_thatNoNormalisedPathMatches_isRejected(String path) {
    assertThatThrownBy(() -> Exclusion.all().onPath(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(path);
  }

  @Test
  void exclusion_ofUnknownRule_isRejected() {
    assertThatThrownBy(() -> Waf.builder().exclude(Exclusion.rule("xss-script-tags")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("xss-script-tags")
        .hasMessageContaining("such as xss-script-tag)");
    assertThatThrownBy(() -> Waf.builder().exclude(Exclusion.tag("no-such")).build())
        .hasMessageContaining("no-such");
    assertThat(
            Waf.builder()
                .paranoia(1)
                .exclude(Exclusion.rule("protocol-control-weak"))
                .build()
                .mode())
        .as("a rule of a higher level may be named")
        .isEqualTo(WafMode.BLOCK);
  }

  @Test
  void exclusion_isShownAsTheCodeThatMakesIt() {
    assertThat(Exclusion.rule("a-b").target(Target.ARG, "q\"\\\n\u00e9").onPath("/x/").toJava())
        .isEqualTo(
            "Exclusion.rule(\"a-b\").target(Target.ARG, \"q\\\"\\\\\\012\\u00e9\").onPath(\"/x/\")");
    assertThat(Exclusion.family(RuleFamily.PHP).target(Target.BODY).toJava())
        .isEqualTo("Exclusion.family(RuleFamily.PHP).target(Target.BODY)");
    assertThat(Exclusion.tag("t").toJava()).isEqualTo("Exclusion.tag(\"t\")");
    assertThat(Exclusion.all().toJava()).isEqualTo("Exclusion.all()");
  }
}
