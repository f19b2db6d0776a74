// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.internal.exclusion.Exclusions;
import io.gatewaykit.waf.internal.match.NameGlob;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.net.URLEncoder;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.WithNull;
import org.jspecify.annotations.Nullable;

/** Exclusions against a simple and slow model. */
class ExclusionPropertyTest {
  private static final Rule WORD =
      Rule.builder("word").when(Condition.on(Target.ARG).matches("evil")).build();

  @Property(tries = 3000, seed = "1")
  void glob_anyPatternAndName_equalsARegularExpression(
      @ForAll("patterns") String pattern, @ForAll("names") String name) {
    Pattern model = Pattern.compile(regex(pattern), Pattern.DOTALL);
    Pattern anyCase = Pattern.compile(regex(pattern), Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    assertThat(NameGlob.of(pattern, false).covers(name)).isEqualTo(model.matcher(name).matches());
    assertThat(NameGlob.of(pattern, true).covers(name)).isEqualTo(anyCase.matcher(name).matches());
    assertThat(NameGlob.of(NameGlob.escape(pattern), false).covers(pattern)).isTrue();
    assertThat(NameGlob.of(NameGlob.escape(pattern), false).covers(name))
        .isEqualTo(pattern.equals(name));
  }

  private static String regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\' && i + 1 < pattern.length() && "\\*".indexOf(pattern.charAt(i + 1)) >= 0) {
        regex.append(Pattern.quote(pattern.substring(++i, i + 1)));
      } else if (c == '*') {
        boolean bracketed = i > 0 && pattern.startsWith("[*]", i - 1);
        regex.append(bracketed ? "[^\\]]*" : ".*");
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }

  @Property(tries = 1000, seed = "1")
  void exclusion_anyParts_appliesWhereTheModelDoes(
      @ForAll("names") String name,
      @ForAll("patterns") String pattern,
      @ForAll("paths") String path,
      @ForAll("pathPatterns") String onPath,
      @ForAll boolean inBody,
      @ForAll @WithNull Exclusion.@Nullable Source source) {
    Exclusion exclusion =
        new Exclusion(
            "word", null, null, Target.ARG, pattern.isEmpty() ? null : pattern, onPath, source);
    Waf waf = Waf.builder().families().rule(WORD).exclude(exclusion).build();
    String pair = URLEncoder.encode(name, UTF_8) + "=evil";
    WafRequest request =
        inBody
            ? WafRequest.of("POST", path, Headers.empty(), pair.getBytes(UTF_8))
            : WafRequest.of("GET", path + "?" + pair, Headers.empty());

    boolean nameCovered =
        pattern.isEmpty()
            || Pattern.compile(regex(pattern), Pattern.DOTALL).matcher(name).matches();
    boolean sourceCovered = source == null || (source == Exclusion.Source.BODY) == inBody;
    assertThat(waf.inspect(request).hits().isEmpty())
        .as("%s for %s at %s", exclusion.toJava(), name, path)
        .isEqualTo(nameCovered && sourceCovered && pathCovered(onPath, path));
  }

  private static boolean pathCovered(String pattern, String path) {
    String[] wanted = pattern.split("/", -1);
    String[] given = path.split("/", -1);
    boolean below = pattern.indexOf('*') < 0 || pattern.endsWith("/**");
    int count = wanted.length;
    if (pattern.endsWith("/**") || (pattern.indexOf('*') < 0 && pattern.endsWith("/"))) {
      count--;
    }
    for (int i = 0; i < count; i++) {
      boolean same =
          i < given.length
              && (wanted[i].equals("*") ? !given[i].isEmpty() : wanted[i].equals(given[i]));
      if (!same) {
        return false;
      }
    }
    return below || given.length == wanted.length;
  }

  @Property(tries = 2000, seed = "1")
  void suggestion_ofAnyTarget_isAPathThatCoversIt(
      @ForAll("targets") String target, @ForAll("names") String name) {
    WafRequest request =
        WafRequest.of(
            "GET", target + "?" + URLEncoder.encode(name, UTF_8) + "=evil", Headers.empty());
    List<RuleHit> hits = Waf.builder().families().rule(WORD).build().inspect(request).hits();
    for (RuleHit hit : hits) { // none if the target has a fragment
      Exclusion suggestion = hit.suggestion();
      Waf tuned = Waf.builder().families().rule(WORD).exclude(suggestion).build();
      // with several readings, an exclusion must cover all of them
      if (Exclusions.readings(target).size() == 1) {
        assertThat(tuned.inspect(request).hits()).as("%s", suggestion.toJava()).isEmpty();
      }
      if (suggestion.path() != null) {
        assertThat(suggestion.path()).doesNotContain("*");
      }
    }
  }

  @Example
  void suggestion_pathThatNoExclusionCanName_hasNoPath() {
    WafRequest request =
        WafRequest.of("GET", "/%20\u00c3\u0096\u00c2\u00a5?a=evil", Headers.empty());
    List<RuleHit> hits = Waf.builder().families().rule(WORD).build().inspect(request).hits();

    assertThat(hits).hasSize(1);
    assertThat(hits.get(0).suggestion().path()).isNull();
    Waf tuned = Waf.builder().families().rule(WORD).exclude(hits.get(0).suggestion()).build();
    assertThat(tuned.inspect(request).hits()).isEmpty();
  }

  @Provide
  Arbitrary<String> targets() {
    Arbitrary<String> any = Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(8);
    Arbitrary<String> parts =
        Arbitraries.of(
                "/",
                "*",
                "**",
                "%2a",
                "%2F",
                "%3f",
                "%",
                "..",
                ".",
                ";",
                "#",
                "a",
                "\u00e9",
                "%e9",
                "%C3%A9",
                "http://h",
                "//",
                "%25",
                "\\")
            .list()
            .ofMaxSize(8)
            .map(some -> String.join("", some));
    return Arbitraries.oneOf(any, parts).filter(target -> target.indexOf('?') < 0);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.of("a", "B", "b", ".", "[0]", "[", "]", "*", "\\", "[x]", "html")
        .list()
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.of(
            "a", "B", "b", ".", "[0]", "[*]", "[", "]", "*", "\\*", "\\\\", "\\", "html")
        .list()
        .ofMaxSize(6)
        .map(parts -> String.join("", parts));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", "ab")
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(parts -> "/" + String.join("/", parts));
  }

  @Provide
  Arbitrary<String> pathPatterns() {
    Arbitrary<List<String>> segments =
        Arbitraries.of("a", "b", "ab", "*").list().ofMinSize(1).ofMaxSize(4);
    return segments.flatMap(
        parts -> Arbitraries.of("", "/", "/**").map(end -> "/" + String.join("/", parts) + end));
  }
}
