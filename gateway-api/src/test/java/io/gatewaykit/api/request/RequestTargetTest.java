// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @Property(seed = "1")
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
          h2c+x-1.0://A.example./x, b.example, a.example
          /x, Example.org., example.org
          /x, Example.org.:0080, example.org
          /x, Example.org:, example.org
          """)
  void host_targetBeforeField(String target, String field, String expected) {
    assertThat(RequestHead.builder("GET", target).headers("Host", field).build().host())
        .isEqualTo(expected);
  }

  @Test
  void host_none_isEmpty() {
    assertThat(RequestHead.builder("GET", "/x").build().host()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/chat/hi",
        "/index.html",
        "/a/.hidden/b",
        "/v1.2/x",
        "/a.../b",
        "/api/Users",
        "/a/",
        "/x?q=%2e%2e//;\\",
        "/~user/@me/a:b/$count",
        "/a,b/(c)/'d'"
      })
  void alternativePaths_plainTargets_haveNone(String target) {
    assertThat(RequestTarget.alternativePaths(target)).isSameAs(List.of());
    assertThat(RequestTarget.normalizedPath(target)).isEqualTo(RequestTarget.rawPath(target));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /a;v=1/b, /a/b
          /a%2Fb/c, /a%2Fb/c
          /x/..;/y, /y
          /x/..;/y, /x/..;/y
          /a%5Cb, /a/b
          /a%252fb, /a/b
          //h/p, /p
          /a%20/b, /a/b
          /a%3Bv/b, /a/b
          /a/../b, /a/../b
          /a//../b, /a/b
          """)
  void alternativePaths_containEachServersReading(String target, String reading) {
    assertThat(readings(target)).contains(reading);
  }

  /** Simple models of servers, independent of each other. */
  @Property(tries = 3_000, seed = "1")
  void alternativePaths_containThePathsOfServerModels(@ForAll("spellings") String target) {
    Set<String> readings;
    try {
      readings = readings(target);
    } catch (AmbiguousTargetException tooMany) {
      return; // rejected: nothing is served
    }
    assertThat(readings).contains(asInServletContainer(target), asInNode(target));
    try {
      assertThat(readings).contains(rooted(new URI(target).getPath()));
    } catch (URISyntaxException e) {
      // the JDK's server rejects it
    }
  }

  private static Set<String> readings(String target) {
    var readings = new HashSet<>(RequestTarget.alternativePaths(target));
    readings.add(RequestTarget.normalizedPath(target));
    return readings;
  }

  /** Removes parameters, decodes, merges slashes, then resolves dot segments. */
  private static String asInServletContainer(String target) {
    String path = target.replaceAll(";[^/]*", "");
    path = rooted(URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8));
    return collapsed(path.replaceAll("/+", "/"));
  }

  /** A backslash is a slash, dots may be encoded, and nothing else is decoded (WHATWG URL). */
  private static String asInNode(String target) {
    String path = target.replace('\\', '/');
    if (path.startsWith("//")) {
      path = path.replaceFirst("/+[^/]*", "");
    }
    return collapsed(rooted(path).replaceAll("(?i)(?<=/)(\\.|%2e)(\\.|%2e)?(?=/|$)", "<$0>"));
  }

  private static String collapsed(String path) {
    var segments = new ArrayDeque<String>();
    String[] parts = path.substring(1).split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      String plain = parts[i].replaceAll("[<>]", "").replaceAll("(?i)%2e", ".");
      boolean marked = parts[i].startsWith("<") || plain.equals(parts[i]);
      boolean up = marked && plain.equals("..");
      if (up) {
        segments.pollLast();
      }
      boolean dropped = up || marked && plain.equals(".");
      if (!dropped) {
        segments.addLast(parts[i]);
      } else if (i == parts.length - 1) {
        segments.addLast("");
      }
    }
    return "/" + String.join("/", segments);
  }

  private static String rooted(String path) {
    return path == null || path.isEmpty() ? "/" : path.startsWith("/") ? path : "/" + path;
  }

  @Provide
  Arbitrary<String> spellings() {
    return Arbitraries.of(
            "a", "chat", "/", "/", "/", ".", "..", "/..", ";", ";v=1", "%2f", "%2E", "%5c", "\\",
            "%20", "%3b", "%25", "+", "%C3%B6")
        .list()
        .ofMinSize(1)
        .ofMaxSize(9)
        .map(parts -> "/" + String.join("", parts));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET, /, h
          GET, /a;b/%zz?{x}|^, h:8080
          GET, http://h/p, H.:80
          GET, HTTPS://h, h:443
          GET, http://[::1]:80/, [::1]
          OPTIONS, *, h
          CONNECT, h:443, h:443
          GET, /x, ''
          """)
  void defect_legalTargets_haveNone(String method, String target, String host) {
    assertThat(defect(method, target, host)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET, @evil/p, h
          GET, p, h
          GET, ?x, h
          GET, .evil.com/, h
          GET, :80/, h
          GET, *, h
          GET, /p#frag, h
          GET, http2://h/p, h
          GET, ftp://h/p, h
          GET, h2+c.x-1://h/p, h
          GET, http:/p, h
          GET, http:p, h
          GET, http:///p, h
          GET, http://u@h/p, h
          GET, http://h;x/p, h
          GET, http://h/p, other
          GET, http://h/p, h:81
          GET, https://h/p, h:80
          GET, /, a:b
          GET, /, a:999999
          GET, /, a:80:80
          GET, /, [evil]
          GET, /, [::1]x
          GET, /, [1.2.3.4]
          GET, /, a%zzb
          GET, /, a%41b
          GET, /, a..b
          GET, /, .a
          GET, /, a@b
          GET, /, 'a,b'
          GET, '/a b', h
          GET, '/a	b', h
          """)
  void defect_malformedTargetsAndHosts_areNamed(String method, String target, String host) {
    assertThat(defect(method, target, host)).contains("expected");
  }

  @Test
  void defect_bytesThatAreNotUtf8() {
    assertThat(defect("GET", "/\u00c3\u00a4", "h")).isNull();
    assertThat(defect("GET", "/\u00e4/x", "h")).contains("UTF-8");
  }

  @Test
  void originForm_dropsSchemeAndAuthority() {
    assertThat(RequestTarget.originForm("http://h:1/a?b")).isEqualTo("/a?b");
    assertThat(RequestTarget.originForm("http://h?b")).isEqualTo("/?b");
    assertThat(RequestTarget.originForm("http://h")).isEqualTo("/");
    assertThat(RequestTarget.originForm("/a://b")).isEqualTo("/a://b");
    assertThat(RequestTarget.originForm("*")).isEqualTo("*");
  }

  private static @Nullable String defect(String method, String target, String host) {
    return RequestTarget.defect(RequestHead.builder(method, target).headers("Host", host).build());
  }
}
