// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private final JsonWriter json = new JsonWriter(16);

  @Test
  void values_areSeparatedByCommas() {
    json.beginObject().name("a").value(1).name("b").beginArray();
    json.value("x").value(true).nullValue().beginObject().endObject().beginArray().endArray();
    json.endArray().name("c").beginObject().name("d").value(false).endObject().endObject();

    assertThat(json).hasToString("{\"a\":1,\"b\":[\"x\",true,null,{},[]],\"c\":{\"d\":false}}");
  }

  @Test
  void text_thatEndsLikeAnOpenArray_isFollowedByAComma() {
    json.beginArray().value("[").value("{").value(":").value(1).endArray();

    assertThat(json).hasToString("[\"[\",\"{\",\":\",1]");
  }

  @Test
  void numbers_haveNoLocaleAndNoNaN() {
    json.beginArray().value(-7L).value(1.5).value(Double.NaN).value(Double.POSITIVE_INFINITY);
    json.value(Integer.valueOf(3)).value(Float.valueOf(Float.NaN)).endArray();

    assertThat(json).hasToString("[-7,1.500,null,null,3,null]");
  }

  @Test
  void text_isEscaped() {
    json.value("\"\\/\b\n\t\u0000\u007f<script>&'\u00e4\u4f60\u2028\ud83d\ude00\ud800");

    assertThat(json)
        .hasToString(
            "\"\\\"\\\\/\\u0008\\u000a\\u0009\\u0000\\u007f\\u003cscript\\u003e\\u0026'"
                + "\\u00e4\\u4f60\\u2028\\ud83d\\ude00\\ud800\"");
  }

  @Property(tries = 500, seed = "1")
  void text_isPlainAsciiAndReadsBack(@ForAll String text) {
    String written = new JsonWriter(16).value(text).toString();

    assertThat(written).matches("[ -~]*").doesNotContain("<", ">", "&");
    assertThat(read(written)).isEqualTo(text);
  }

  /** Reads a JSON string as RFC 8259 defines it, for the escapes that the writer uses. */
  private static String read(String json) {
    var text = new StringBuilder();
    for (int i = 1; i < json.length() - 1; i++) {
      char c = json.charAt(i);
      assertThat(c).isNotEqualTo('"');
      if (c != '\\') {
        text.append(c);
      } else if (json.charAt(++i) == 'u') {
        text.append((char) Integer.parseInt(json, i + 1, i + 5, 16));
        i += 4;
      } else {
        assertThat(json.charAt(i)).isIn('"', '\\');
        text.append(json.charAt(i));
      }
    }
    return text.toString();
  }
}
