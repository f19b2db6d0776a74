// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.gatewaykit.waf.rule.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  private static final String TYPE = "application/json";

  @Test
  void values_haveTheNamesOfTheirMembers() {
    Recorded read =
        Recorded.of(TYPE, "{\"a\":[1,{\"b\":\"x\"},\"y\"],\"c\":true,\"c\":\"\\u003c\\n\"}");

    assertThat(read.defects).isEmpty();
    assertThat(read.values)
        .containsExactly(
            "ARG_NAME a=a",
            "ARG a=1",
            "ARG_NAME b=b",
            "ARG b=x",
            "ARG a=y",
            "ARG_NAME c=c",
            "ARG c=true",
            "ARG_NAME c=c",
            "ARG c=<\n");
  }

  @Test
  void values_belowTheTop_haveTheirPathsToo() {
    Recorded read =
        Recorded.of(
            TYPE,
            "{\"top\":0,\"doc\":{\"blocks\":[{\"html\":1},{\"x\":[[2],3]},{\"html\":4}],\"t\":5}}");

    assertThat(read.paths)
        .containsExactly(
            "doc.blocks[0].html=1",
            "doc.blocks[1].x[0][0]=2",
            "doc.blocks[1].x[1]=3",
            "doc.blocks[2].html=4",
            "doc.t=5");
    assertThat(Recorded.of(TYPE, "[\"a\",{\"b\":\"c\"}]").paths)
        .containsExactly("[0]=a", "[1].b=c");
  }

  @Test
  void path_longerThanABound_keepsItsEnd() {
    String longName = "n".repeat(900);
    Recorded read = Recorded.of(TYPE, "{\"" + longName + "\":{\"" + longName + "\":{\"x\":[1]}}}");

    assertThat(read.paths).containsExactly("." + longName + ".x[0]=1");
  }

  @Test
  void escapes_becomeUtf8() {
    assertThat(Recorded.of(TYPE, "\"\\u00e9\\ud83d\\ude00\\/\"").texts(Target.ARG))
        .containsExactly(
            new String(
                "\u00e9\ud83d\ude00/".getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":\"<x>",
        "{\"a\":\"<x>\"",
        "{\"a\":\"<x>\"} {",
        "{\"a\":\"<x>\"}{\"b\":1}",
        "[\"<x>\",]",
        "{\"b\":1,,\"a\":\"<x>\"}",
        "/* */{\"a\":\"<x>\"}",
        "{'a':'<x>'}",
        "{a:\"<x>\"}",
        "[NaN,\"<x>\"]",
        "[01,\"<x>\"]",
        "[+1,\"<x>\"]",
        "[.5,\"<x>\"]",
        "[\"<x>\\q\"]",
        "[\"<x>\n\"]",
        "[\"<x>\"}",
        "a=<x>",
        "<x>",
      })
  void malformed_isAFault_andEverythingIsInspected(String body) {
    Recorded read = Recorded.of(TYPE, body);

    assertThat(read.defects).hasSize(1).allMatch(defect -> defect.startsWith("json: "));
    assertThat(read.texts(Target.ARG)).anyMatch(text -> text.contains("<x>"));
  }

  @Test
  void lines_mayFollowEachOther_ofAnyType() {
    String lines = "{\"a\":\"x\"}\n{\"a\":\"y\"}\n";

    assertThat(Recorded.of("application/x-ndjson", lines).defects).isEmpty();
    assertThat(Recorded.of("application/x-ndjson", lines).texts(Target.ARG))
        .containsExactly("x", "y");
    assertThat(Recorded.of(TYPE, lines).defects).isEmpty();
    assertThat(Recorded.of(TYPE, lines).texts(Target.ARG)).containsExactly("x", "y");
    assertThat(Recorded.of(TYPE, lines.replace("\n", " ")).defects).hasSize(1);
  }

  @Test
  void utf16_isReadDecodedAndRaw() {
    for (String charset : new String[] {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"}) {
      byte[] bytes = "[\"<x>\"]".getBytes(java.nio.charset.Charset.forName(charset));
      Recorded read = Recorded.of(TYPE, new String(bytes, StandardCharsets.ISO_8859_1));

      assertThat(read.defects).as(charset).isEmpty();
      assertThat(read.texts(Target.ARG)).as(charset).contains("<x>").hasSize(2);
    }
  }

  @Test
  void deep_isAFault_withoutRecursion() {
    String deep = "[".repeat(500_000) + "]".repeat(500_000);

    assertThat(Recorded.of(TYPE, deep).defects).containsExactly("json: nested too deeply, byte 64");
    assertThat(Recorded.of(TYPE, "[".repeat(64) + "]".repeat(64)).defects).isEmpty();
  }

  @Property(tries = 3000, seed = "1")
  void anyText_isMalformedExactlyForJackson_andHasItsStrings(@ForAll("texts") String text) {
    List<String> expected = strings(text);

    Recorded read = Recorded.of(TYPE, text);

    assertThat(read.defects.isEmpty()).as(text).isEqualTo(expected != null);
    if (expected != null) {
      assertThat(read.texts(Target.ARG)).isEqualTo(expected);
    }
  }

  /** A truncated prefix of a valid text is not a defect, if marked as truncated. */
  @Property(tries = 3000, seed = "1")
  void beginning_isNoFault(@ForAll("texts") String text) {
    if (strings(text) == null) {
      return;
    }
    for (int length = 0; length < text.length(); length++) {
      Recorded read = new Recorded();
      read.read(List.of(TYPE), text.substring(0, length), false);
      assertThat(read.defects).as(text.substring(0, length)).isEmpty();
    }
  }

  /** Returns the non-empty values, or null if the text is not JSON. */
  @SuppressWarnings("NullAway") // null is a valid result here
  private static List<String> strings(String text) {
    List<String> strings = new ArrayList<>();
    int depth = 0;
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      int roots = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        roots += depth == 0 ? 1 : 0; // an end token still has a depth above 0 here
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token.isScalarValue() && !parser.getText().isEmpty()) {
          strings.add(
              new String(
                  parser.getText().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        }
      }
      return roots > 1 ? null : strings;
    } catch (IOException e) {
      return null;
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> tokens =
        Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"\"",
            "\"\\n\"",
            "1",
            "-0.5e3",
            "true",
            "null",
            " ",
            "\"b\":",
            "[1,2]",
            "{\"c\":{}}",
            "\"\\u0041\"",
            "\"\\x\"",
            "\"",
            "01",
            "tru",
            "-");
    return Arbitraries.oneOf(
        tokens.list().ofMaxSize(9).map(list -> String.join("", list)), documents(3));
  }

  private static Arbitrary<String> documents(int depth) {
    Arbitrary<String> leaves =
        Arbitraries.of("1", "\"x\"", "null", "\"\\\"\"", "-2E+1", "[]", "{}");
    if (depth == 0) {
      return leaves;
    }
    Arbitrary<String> inner = Arbitraries.lazy(() -> documents(depth - 1));
    return Arbitraries.oneOf(
        leaves,
        inner.list().ofMaxSize(3).map(list -> "[" + String.join(",", list) + "]"),
        inner.list().ofMaxSize(3).map(list -> "{" + members(list) + "}"));
  }

  private static String members(List<String> values) {
    List<String> members = new ArrayList<>();
    for (String value : values) {
      members.add("\"n" + members.size() + "\" : " + value);
    }
    return String.join(",", members);
  }
}
