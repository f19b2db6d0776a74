// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.rule.Transformation;
import java.net.URI;
import java.net.URLDecoder;
import java.util.Base64;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DecodingTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "URL_DECODE|%253Cx%u003e%zz%4|<x>%zz%4",
        "HTML_DECODE|&lt;&#60;&#x3C;&#0000060;&#60a&LT;&unknown;&#xFFFFFF;&|<<<<<a<&unknown;&#xFFFFFF;&",
        "JS_DECODE|\\x3c\\u003C\\x3|<<\\x3",
        "CSS_DECODE|\\3c\\00003C \\3c x\\z\\|<<<xz\\",
        "CSS_DECODE|\\e9\\0\\d800|\u00c3\u00a9\u00ef\u00bf\u00bd\u00ef\u00bf\u00bd",
        "ESCAPE_DECODE|\\74\\x3c\\x3 \\q\\`\\|<<\u0003 q`\\",
        "NORMALIZE_PATH|/a/./b//c/../d;x=1/e|/a/b/d/e",
        "NORMALIZE_PATH|..\\..\\etc\\passwd|../../etc/passwd",
        "NORMALIZE_PATH|/../../a/|/../../a/",
        "NORMALIZE_PATH|plain|plain",
        "BASE64_DECODE|PHNjcmlwdD4=|<script>",
        "BASE64_DECODE|PHNjcmlwdD4|<script>",
        "BASE64_DECODE|not base64!|not base64!",
        "BASE64_DECODE|abc|abc",
        "SQL_COMMENTS|1/**/union/*!50000select*/x|1 union select x",
        "SQL_COMMENTS|1\u0001union\u001f/**/x|1 union  x",
        "SHELL_UNQUOTE|c'a't$ifs/e\\tc|cat /etc",
        "FOLD|\u00ef\u00bc\u009c\u00c0\u00bc|<<",
      })
  void step_isUndoneAsWritten(Transformation step, String text, String expected) {
    assertThat(Decoding.apply(step, text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource
  void shortTexts_ofAllBytes_neverThrow(Transformation step) {
    String first = "%\\&#x/.;=u'\"$*<0aA \0\u00c0\u00ef";
    for (int a = 0; a < first.length(); a++) {
      for (int b = 0; b < 256; b++) {
        for (int c = 0; c < first.length(); c++) {
          String text = "" + first.charAt(a) + (char) b + first.charAt(c);
          for (int length = 1; length <= 3; length++) {
            assertThat(Decoding.apply(step, text.substring(0, length)).length())
                .isLessThanOrEqualTo(3 * length);
          }
        }
      }
    }
  }

  /** A million characters that each start a construct must not cause quadratic time. */
  @ParameterizedTest
  @EnumSource
  void longTexts_areDone(Transformation step) {
    for (String unit :
        new String[] {"%", "%25", "&#", "\\", "/*", "../", "/", "a;", "\u00c0", "A=", "$ifs"}) {
      String text = unit.repeat(1_000_000 / unit.length());
      assertThat(Decoding.apply(step, text).length()).isLessThanOrEqualTo(text.length());
    }
  }

  @Property(seed = "1")
  void percent_equalsTheJdk_whereThatTakesTheText(@ForAll("escaped") String text) {
    assertThat(Decoding.percent(text, true)).isEqualTo(URLDecoder.decode(text, ISO_8859_1));
  }

  @Property(seed = "1")
  void base64_equalsTheJdk(@ForAll byte[] bytes) {
    String text = Base64.getEncoder().encodeToString(bytes);
    String url = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    String expected =
        bytes.length < 3 && text.replace("=", "").length() < 4
            ? text
            : new String(bytes, ISO_8859_1);

    assertThat(Decoding.base64(text)).isEqualTo(expected);
    if (bytes.length >= 3) {
      assertThat(Decoding.base64(url)).isEqualTo(expected);
    }
  }

  @Property(seed = "1")
  void path_equalsTheJdk_whereItStaysInside(@ForAll("paths") String path) {
    String expected = URI.create("http://h" + path.replaceAll("/+", "/")).normalize().getPath();
    if (!expected.contains("..")) {
      // The JDK retains the slash after a trailing dot segment; ours only after a name.
      assertThat(strip(Paths.normalized(path))).isEqualTo(strip(expected));
    }
  }

  private static String strip(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  @Property(seed = "1")
  void css_undoesWhatWasEscaped(@ForAll("bytes") String text) {
    StringBuilder css = new StringBuilder();
    StringBuilder c = new StringBuilder();
    text.chars()
        .forEach(i -> {
          css.append('\\').append(Integer.toHexString(i)).append(' ');
          c.append('\\').append(String.format("%03o", i));
        });
    assertThat(Escapes.css(css.toString())).isEqualTo(new String(text.getBytes(UTF_8), ISO_8859_1));
    assertThat(Escapes.c(c.toString())).isEqualTo(text);
  }

  @Provide
  Arbitrary<String> escaped() {
    return Arbitraries.of("%41", "%00", "%fF", "+", "a", "=", "&", "%25", "%2525")
        .list()
        .ofMaxSize(8)
        .map(list -> String.join("", list));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", ".", "..", "")
        .list()
        .ofMinSize(1)
        .ofMaxSize(7)
        .map(list -> "/" + String.join("/", list));
  }

  @Provide
  Arbitrary<String> bytes() {
    return Arbitraries.strings().withCharRange('\u0001', '\u00ff').ofMaxLength(20);
  }
}
