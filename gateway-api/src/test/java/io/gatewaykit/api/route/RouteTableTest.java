package io.gatewaykit.api.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gatewaykit.api.request.RequestHead;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          /chat/**, /chat, true
          /chat/**, /chat/, true
          /chat/**, /chat/a/b, true
          /chat/**, /chatter, false
          /**, /, true
          /, /, true
          /, /a, false
          /a/*/c, /a/b/c, true
          /a/*/c, /a//c, false
          /a/*, /a/, false
          /a/*, /a/b, true
          /a/*, /a/b/c, false
          /a, /a/, false
          /a/, /a/, true
          """)
  void pattern_matchesWholeSegments(String pattern, String path, boolean expected) {
    assertThat(PathMatcher.pattern(pattern).matches(path)).isEqualTo(expected);
  }

  @Test
  void match_priorityThenSpecificity() {
    RouteTable<String> table =
        RouteTable.of(
            route("all", 0).build(),
            route("chat", 0).pathPrefix("/chat").build(),
            route("exact", 0).path("/chat/rooms").build(),
            route("post", 0).path("/chat/rooms").methods("POST").build(),
            route("host", 0).pathPrefix("/chat").host("Im.example.org").build(),
            route("wild", 0).pathPrefix("/chat").host("*.example.org").build(),
            route("urgent", 9).pathPrefix("/chat/vip").build());
    assertThat(winner(table, "GET", "/x", "a")).isEqualTo("all");
    assertThat(winner(table, "GET", "/chat/1", "a")).isEqualTo("chat");
    assertThat(winner(table, "GET", "/chat/1", "im.example.org:80")).isEqualTo("host");
    assertThat(winner(table, "GET", "/chat/1", "b.example.org")).isEqualTo("wild");
    assertThat(winner(table, "GET", "/chat/1", "example.org")).isEqualTo("chat");
    assertThat(winner(table, "GET", "/chat/rooms", "b.example.org")).isEqualTo("exact");
    assertThat(winner(table, "POST", "/chat/rooms", "a")).isEqualTo("post");
    assertThat(winner(table, "POST", "/chat/vip/rooms", "im.example.org")).isEqualTo("urgent");
    assertThat(winner(table, "GET", "/%63hat/../ch%61t//vip", "a")).isEqualTo("urgent");
  }

  @Test
  void of_ties_areAllReported() {
    var conflict =
        catchThrowableOfType(
            RouteConflictException.class,
            () ->
                RouteTable.of(
                    route("a", 1).path("/x/*/z").build(),
                    route("b", 1).path("/x/y/*").build(),
                    route("c", 1).path("/q/y/*").build(),
                    route("d", 5).build(),
                    route("d", 6).build()));
    assertThat(conflict.errors())
        .hasSize(2)
        .anyMatch(e -> e.contains("\"d\" is defined twice"))
        .anyMatch(e -> e.contains("\"a\" and \"b\" tie") || e.contains("\"b\" and \"a\" tie"));
  }

  @Test
  void of_levelButDisjoint_isLegal() {
    RouteTable<String> table =
        RouteTable.of(
            route("get", 0).path("/a").methods("GET").build(),
            route("put", 0).path("/a").methods("PUT").build(),
            route("h1", 0).path("/b").host("x.y").build(),
            route("h2", 0).path("/b").host("x.z").build());
    assertThat(winner(table, "PUT", "/a", "")).isEqualTo("put");
  }

  @Test
  void explain_namesWinnerAndReasons() {
    RouteTable<String> table =
        RouteTable.of(
            route("all", 0).build(), route("chat", 5).pathPrefix("/chat").methods("GET").build());
    var why = table.explain(RequestHead.builder("POST", "/chat/%2e/x").build());
    assertThat(why.route()).contains("all");
    assertThat(why.path()).isEqualTo("/chat/x");
    assertThat(why.steps())
        .extracting(RouteTable.Step::reason)
        .containsExactly("method is not one of [GET]", "applies");
    assertThat(table.explain(RequestHead.builder("GET", "/chat").build()).steps().get(1).reason())
        .isEqualTo("matches too, but comes after chat");
  }

  @Test
  void replace_nextRequestSeesNewTable() {
    var live = new LiveRoutes<>(RouteTable.of(route("a", 0).build()));
    live.replace(RouteTable.of(List.of()));
    assertThat(live.match(RequestHead.builder("GET", "/").build())).isNull();
  }

  @Test
  void builder_badPredicates_areRefused() {
    assertThatThrownBy(() -> route("a", 0).path("x")).hasMessageContaining("path: \"x\"");
    assertThatThrownBy(() -> route("a", 0).path("/a*")).hasMessageContaining("/a*");
    assertThatThrownBy(() -> route("a", 0).path("/**/a")).hasMessageContaining("/**/a");
    assertThatThrownBy(() -> route("a", 0).pathPrefix("/a/*")).hasMessageContaining("pathPrefix");
    assertThatThrownBy(() -> route("a", 0).host("a.*")).hasMessageContaining("host");
    assertThatThrownBy(() -> route(" ", 0)).hasMessageContaining("name");
  }

  /** If two patterns match one path, they must be known to overlap. */
  @Property(tries = 5_000)
  void overlaps_neverMissesACommonPath(
      @ForAll("patterns") String a, @ForAll("patterns") String b, @ForAll("paths") String path) {
    PathMatcher one = PathMatcher.pattern(a);
    PathMatcher two = PathMatcher.pattern(b);
    if (one.matches(path) && two.matches(path)) {
      assertThat(one.overlaps(two)).isTrue();
    }
    assertThat(one.overlaps(two)).isEqualTo(two.overlaps(one));
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

  private static Route.Builder<String> route(String name, int priority) {
    return Route.builder(name, name).priority(priority);
  }

  private static String winner(
      RouteTable<String> table, String method, String target, String host) {
    Route<String> route =
        table.match(RequestHead.builder(method, target).headers("Host", host).build());
    return route == null ? "" : route.target();
  }
}
