// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The shortcuts of {@link PathReadings} return the results of its steps. */
class PathReadingsTest {

  @Property(tries = 20_000, seed = "1")
  void alternatives_shortcuts_equalTheSteps(@ForAll("paths") String path) {
    verify(path);
    boolean shortcut =
        PathReadings.plainEnd(path) == path.length() || PathReadings.hasOnlyInertEscapes(path);
    Statistics.collect(shortcut);
    Statistics.coverage(checker -> checker.check(true).percentage(share -> share > 5));
  }

  @Property(tries = 5_000, seed = "1")
  void alternatives_anyText_equalTheSteps(@ForAll String path) {
    verify("/" + path);
    verify(path);
  }

  /** Each byte raw and escaped, at the start, inside and at the end of a segment. */
  @Test
  void alternatives_everyByteEverywhere_equalTheSteps() {
    for (int value = 0; value < 0x100; value++) {
      for (String written : List.of("" + (char) value, String.format("%%%02x", value))) {
        for (String place :
            List.of("/%s", "/%sb/c", "/a%sb/c", "/a%s/c", "/a%s", "/a/%s/", "%s/")) {
          verify(place.formatted(written));
        }
      }
    }
  }

  /** Each UTF-8 sequence of three bytes, by its first two, and its broken neighbours. */
  @Test
  void alternatives_everyWideCharacter_equalTheSteps() {
    for (int first = 0xc0; first <= 0xff; first++) {
      for (int second = 0x70; second <= 0xcf; second++) {
        for (int third : new int[] {0x20, 0x7f, 0x80, 0xa0, 0xbf, 0xc0}) {
          verify("/a%%%02X%%%02x%%%02x/b".formatted(first, second, third));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/annual%20report.pdf", "/a/%41b", "/%E4%BD%A0%e5%a5%bd/x", "/.well%2Dknown/x"})
  void alternatives_inertEscapes_areTheRawPathOnly(String path) {
    assertThat(PathReadings.hasOnlyInertEscapes(path)).isTrue();
    assertThat(PathReadings.alternatives(path)).containsExactly(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a%2fb",
        "/a%5cb",
        "/a%3bb",
        "/a%2541",
        "/%2e%2e/a",
        "/a%20",
        "/%20a",
        "/a%00b",
        "/a%3fb",
        "/a%23b",
        "/a%c3%a4",
        "/a%zz",
        "/a%4",
        "/a%20/b",
        "/a%2e/b",
        "/%2fa",
        "/a%e0%a0%80",
        "/%e4%bd",
        "//a%41",
        "/../a%41",
        "/a;b%41",
        "/a%09b",
        "/a%41/.",
        "/a%20.",
        "%2fa"
      })
  void hasOnlyInertEscapes_escapesThatServersReadDifferently_false(String path) {
    assertThat(PathReadings.hasOnlyInertEscapes(path)).isFalse();
  }

  @Property(tries = 5_000, seed = "1")
  void plainEnd_isTheEndOfAPathThatEqualsItsMainReading(@ForAll("paths") String path) {
    for (String rest : List.of("", "?", "?/../;%", "#", "#?//")) {
      String target = path + rest;
      int end = PathReadings.plainEnd(target);
      if (end >= 0) {
        assertThat(target.substring(0, end))
            .isEqualTo(RequestTarget.rawPath(target))
            .isEqualTo(DotSegments.removed(PercentDecoder.decode(path, false), true));
      }
    }
  }

  /** Equal, except for the reading of a plain path without dots at the ends of segments. */
  private static void verify(String path) {
    List<String> expected;
    try {
      expected = PathReadings.evaluateSteps(path);
    } catch (AmbiguousTargetException tooMany) {
      assertThat(PathReadings.plainEnd(path)).isNotEqualTo(path.length());
      assertThat(PathReadings.hasOnlyInertEscapes(path)).isFalse();
      return;
    }
    List<String> actual = PathReadings.alternatives(path);
    if (PathReadings.plainEnd(path) == path.length()) {
      assertThat(actual).isEmpty();
      assertThat(withoutDots(path, expected)).isEqualTo(withoutDots(path, actual));
    } else {
      assertThat(actual).isEqualTo(expected);
    }
  }

  private static Set<String> withoutDots(String path, List<String> alternatives) {
    var all = new ArrayList<>(alternatives);
    all.add(RequestTarget.normalizedPath(path));
    return all.stream()
        .map(reading -> reading.replaceAll("(?<=[^/.])\\.+(?=/|$)", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Provide
  Arbitrary<String> paths() {
    Arbitrary<String> ordinary = Arbitraries.of("a", "Chat", "/", "/b", ".c", "%41", "%20", "~");
    Arbitrary<String> odd =
        Arbitraries.of(
            "//",
            ".",
            "..",
            "...",
            "/.",
            "/..",
            ";",
            "\\",
            "%2f",
            "%2E",
            "%5c",
            "%3b",
            "%25",
            "%00",
            "%e4%bd%a0",
            "%C3%A4",
            "%ed%a0%80",
            "%",
            "%4",
            " ",
            "\t",
            "é",
            "\u00e4",
            "你",
            "%3f");
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(6, ordinary), net.jqwik.api.Tuple.of(1, odd))
        .list()
        .ofMaxSize(8)
        .map(parts -> "/" + String.join("", parts));
  }
}
