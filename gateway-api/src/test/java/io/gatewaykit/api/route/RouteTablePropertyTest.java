// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random tables and spellings. */
class RouteTablePropertyTest {
  /** A set of limits that all apply. */
  private record Limits(Set<String> names) implements Combinable<Limits> {
    @Override
    public Limits and(Limits other) {
      var both = new TreeSet<>(names);
      both.addAll(other.names);
      return new Limits(both);
    }
  }

  /** If two patterns match one path, they must be known to overlap. */
  @Property(tries = 5_000, seed = "1")
  void overlaps_neverMissesACommonPath(
      @ForAll("patterns") String a, @ForAll("patterns") String b, @ForAll("paths") String path) {
    PathMatcher one = PathMatcher.pattern(a);
    PathMatcher two = PathMatcher.pattern(b);
    if (one.matches(path) && two.matches(path)) {
      assertThat(one.overlaps(two)).isTrue();
    }
    assertThat(one.overlaps(two)).isEqualTo(two.overlaps(one));
  }

  /** {@code match} stops early where all readings agree; {@code explain} evaluates all of them. */
  @Property(tries = 5_000, seed = "1")
  void match_anySpelling_selectsWhatAllReadingsSelect(
      @ForAll("tables") List<String> patterns, @ForAll("spellings") String target) {
    var routes = new ArrayList<Route<Limits>>();
    for (String pattern : new LinkedHashSet<>(patterns)) {
      var limits = new Limits(Set.of(pattern));
      routes.add(Route.builder(pattern, limits).priority(routes.size()).path(pattern).build());
    }
    RouteTable<Limits> table = RouteTable.of(routes);
    GatewayRequest request = RequestHead.builder("GET", target).build();
    Route<Limits> selected;
    try {
      selected = table.match(request);
    } catch (AmbiguousTargetException e) { // too many readings
      assertThatThrownBy(() -> table.explain(request)).isInstanceOf(AmbiguousTargetException.class);
      return;
    }
    assertThat(selected == null ? List.of() : List.of(selected.name().split("\\+")))
        .isEqualTo(table.explain(request).routes());
  }

  @Provide
  Arbitrary<List<String>> tables() {
    return patterns().list().ofMaxSize(5);
  }

  @Provide
  Arbitrary<String> spellings() {
    return Arbitraries.of(
            "a", "a", "b", "A", "b.", "/", "/", "/", "%61", "%20", "%2f", ";x", "/..", "/.", "\\")
        .list()
        .ofMaxSize(7)
        .map(parts -> "/" + String.join("", parts));
  }

  @Provide
  Arbitrary<String> patterns() {
    Arbitrary<String> body =
        Arbitraries.of("a", "b", "*").list().ofMaxSize(3).map(s -> "/" + String.join("/", s));
    return Arbitraries.oneOf(body, body.map(s -> s.equals("/") ? "/**" : s + "/**"));
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", "c").list().ofMaxSize(4).map(s -> "/" + String.join("/", s));
  }
}
