// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.internal.index.CharTraits;
import io.gatewaykit.waf.rule.Transformation;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CharTraitsPropertyTest {

  @Property(tries = 5000, seed = "1")
  void changed_textWithoutWhatAStepChanges_isLeftAsItIs(
      @ForAll("texts") String text, @ForAll Transformation step) {
    if ((CharTraits.of(text.getBytes(ISO_8859_1)) & CharTraits.triggersOf(step)) == 0) {
      assertThat(Decoding.apply(step, text)).isEqualTo(text);
    }
  }

  @Property(tries = 2000, seed = "1")
  void lowercase_anyBytes_equalsTheTransformation(@ForAll("texts") String text) {
    assertThat(new String(Ascii.lowercase(text.getBytes(ISO_8859_1)), ISO_8859_1))
        .isEqualTo(Decoding.apply(Transformation.LOWERCASE, text));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(3),
        Arbitraries.of(
                "%41",
                "%u0041",
                "&lt;",
                "&#65;",
                "\\x41",
                "\\u0041",
                "\u00c0\u00ae",
                "\u00ef\u00bc\u00a1",
                "\0",
                "A",
                "Z",
                "@",
                "[",
                "`",
                "a  b",
                " ",
                "\t",
                "\u0001",
                "\u001f",
                "\n",
                "/*",
                "*/",
                "/**/",
                "'",
                "\"",
                "^",
                "$IFS",
                "a",
                "?",
                "+",
                "\u00c1",
                "--",
                "#")
            .list()
            .ofMaxSize(6)
            .map(parts -> String.join("", parts)));
  }
}
