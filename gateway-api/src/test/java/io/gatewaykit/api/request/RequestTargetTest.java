package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /, /
          /chat, /chat
          /chat/, /chat/
          /chat?x=/../y, /chat
          /a/./b/../c, /a/c
          /%2e%2e/%2E%2e/etc, /etc
          /ch%61t, /chat
          //chat///x, /chat/x
          /a%2fb, /a/b
          /a%2fb/..%2f..%2fc, /c
          /%, /%
          /%zz%4, /%zz%4
          /a/.., /
          /a/b/.., /a/
          http://h.example/x/y?q, /x/y
          http://h.example, /
          *, /*
          h:443, /h:443
          /%E4%BD%A0, /你
          """)
  void normalizedPath_oneSpellingForAll(String target, String expected) {
    assertThat(RequestTarget.normalizedPath(target)).isEqualTo(expected);
  }

  @Property
  void normalizedPath_anyTarget_isRootedAndCannotClimb(@ForAll String target) {
    String path = RequestTarget.normalizedPath("/" + target);
    assertThat(path).startsWith("/").doesNotContain("//", "/./", "/../");
    assertThat(path.endsWith("/..") || path.endsWith("/.")).isFalse();
  }

  @Test
  void rawQuery_absentOrEmpty() {
    assertThat(RequestTarget.rawQuery("/a")).isNull();
    assertThat(RequestTarget.rawQuery("/a?")).isEmpty();
    assertThat(RequestTarget.rawQuery("/a?b=%20?c#d")).isEqualTo("b=%20?c");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /x, Example.org:8080, example.org
          /x, [2001:DB8::1]:80, [2001:db8::1]
          http://User@A.example:1/x, b.example, a.example
          """)
  void host_targetBeforeField(String target, String field, String expected) {
    assertThat(RequestHead.builder("GET", target).headers("Host", field).build().host())
        .isEqualTo(expected);
  }

  @Test
  void host_none_isEmpty() {
    assertThat(RequestHead.builder("GET", "/x").build().host()).isEmpty();
  }
}
