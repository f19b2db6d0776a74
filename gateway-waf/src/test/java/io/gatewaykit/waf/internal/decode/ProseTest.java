// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProseTest {
  private static String latin1(String text) {
    return Decoding.latin1(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "what does this mean",
        "No, it is not!",
        "${x} was what they sent me",
        "почему это не работает",
        "这个词是什么意思",
        "これは何の言葉ですか"
      })
  void hasSentence_fourWordsInARow_isTrue(String text) {
    assertThat(Prose.hasSentence(latin1(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "three words only",
        "1 union select name from users where id=1",
        "a=b;c=d e=f g=h i=j",
        "cat /etc/passwd | grep root | wc -l",
        "<img src=x onerror=alert(1)>"
      })
  void hasSentence_code_isFalse(String text) {
    assertThat(Prose.hasSentence(latin1(text))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "what does `id` do          | what does ` do",
        "please use ``a`b`` there    | please use ` there",
        "see this: ```sh ls -la```  | see this: `",
        "```sh ls```                | `"
      })
  void withoutCode_quotedInTalk_isRemoved(String text, String rest) {
    assertThat(Prose.withoutCode(text)).isEqualTo(rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "no code here", "`id`", "x`id`y", "127.0.0.1;`id`", "one ` mark alone"})
  void withoutCode_notQuotedInTalk_isTheSameText(String text) {
    assertThat(Prose.withoutCode(text)).isSameAs(text);
  }

  @Test
  void withoutCode_manyMarks_takesLinearTime() {
    String marks = "a `".repeat(200_000);

    assertThat(Prose.withoutCode(marks).length()).isLessThanOrEqualTo(marks.length());
  }

  @Property(seed = "1")
  void withoutCode_any_hasNoMoreThanTheText(
      @ForAll @AlphaChars @Chars({'`', ' ', '\n', ';'}) String text) {
    String rest = Prose.withoutCode(text);

    assertThat(rest.length()).isLessThanOrEqualTo(text.length());
    assertThat(Prose.withoutCode(rest).length()).isLessThanOrEqualTo(rest.length());
  }
}
