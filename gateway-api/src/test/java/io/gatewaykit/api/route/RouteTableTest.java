// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
          /caf%C3%A9/*, /café/x, true
          /a/%2A, /a/*, true
          /a/%2A, /a/b, false
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
    assertThat(winner(table, "GET", "/chat/vip/a%20b", "a")).isEqualTo("urgent");
  }

  @Test
  void match_extremePriorities_keepTheirOrder() {
    RouteTable<String> table =
        RouteTable.of(
            route("last", Integer.MIN_VALUE).build(),
            route("usual", 0).build(),
            route("first", Integer.MAX_VALUE).pathPrefix("/a").build());
    assertThat(winner(table, "GET", "/a", "h")).isEqualTo("first");
    assertThat(winner(table, "GET", "/b", "h")).isEqualTo("usual");
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

  @ParameterizedTest
  @ValueSource(strings = {"POST", "post", "Post"})
  void match_methodInAnyCase_hasThePolicyOfTheMethod(String method) {
    RouteTable<String> table =
        RouteTable.of(
            route("all", 0).build(), route("login", 5).path("/login").methods("POST").build());
    assertThat(winner(table, method, "/login", "h")).isEqualTo("login");
    assertThat(winner(table, "GET", "/login", "h")).isEqualTo("all");
  }

  @Test
  void of_methodsThatDifferInCaseOnly_tie() {
    assertThatThrownBy(() ->
            RouteTable.of(
                route("one", 0).path("/a").methods("PUT").build(),
                route("two", 0).path("/a").methods("put").build()))
        .hasMessageContaining("tie");
  }

  @Test
  void explain_namesWinnerAndReasons() {
    RouteTable<String> table =
        RouteTable.of(
            route("all", 0).build(), route("chat", 5).pathPrefix("/chat").methods("GET").build());
    var why = table.explain(RequestHead.builder("POST", "/chat/%2e/x").build());
    assertThat(why.routes()).containsExactly("all");
    assertThat(why.path()).isEqualTo("/chat/x");
    assertThat(why.steps())
        .extracting(RouteTable.Step::reason)
        .containsExactly("method is not one of [GET]", "applies");
    assertThat(table.explain(RequestHead.builder("GET", "/chat").build()).steps().get(1).reason())
        .isEqualTo("matches too, but comes after chat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/chat;x/hi",
        "/chat;jsessionid=1/hi",
        "/;/chat/hi",
        "/.;/chat/hi",
        "/x/..;a=b/chat/hi",
        "/x;y/../chat/hi",
        "/%63hat/hi",
        "/%2563hat/hi",
        "//chat/hi",
        "/./chat/hi",
        "/x/%2e%2e/chat/hi",
        "/x/..%2fchat/hi",
        "/chat%2fhi",
        "/chat%5chi",
        "/chat\\hi",
        "/x\\..\\chat/hi",
        "/CHAT/hi",
        "/Chat",
        "/chat/",
        "/chat.",
        "/chat../hi",
        "/chat%20/hi",
        "/chat%09/hi",
        "/chat%00/hi",
        "/chat%3bx/hi",
        "/chat%3fx",
        "/chat%23x",
        "//h/chat/hi",
        "///h/chat/hi",
        "/\\h/chat/hi",
        "/chat/../hi",
        "/chat/%2e%2e/hi",
        "/chat/..;/hi",
        "/x/.%2E/chat",
        "/%2fchat/hi",
        "http://h/chat/hi",
        "HTTP://h//chat/hi",
        "h2+c.x-1://h/chat/hi",
        "/chat\u00a0/hi",
        "/x/.. /chat",
        "/x/..%20/chat/hi",
        "/chat/hi/%ff%c3%b6"
      })
  void match_anySpelling_appliesTheLimitsOfChat(String target) {
    RouteTable<Limits> table =
        RouteTable.of(
            Route.builder("chat", Limits.of("chat")).priority(10).pathPrefix("/chat").build(),
            Route.builder("all", Limits.of("all")).build());
    Route<Limits> route = requireNonNull(table.match(RequestHead.builder("GET", target).build()));
    assertThat(route.target().names()).contains("chat");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/chatter",
        "/chatter;x/hi",
        "/x/chat",
        "/hi?q=/chat/hi",
        "/a%20b",
        "/x;chat/hi",
        "/c-hat",
        "/.chat/hi",
        "/...chat",
        "/x/.well-known/chat",
        "/a/b..c/chat"
      })
  void match_anotherPath_doesNotApplyThem(String target) {
    RouteTable<Limits> table =
        RouteTable.of(
            Route.builder("chat", Limits.of("chat")).priority(10).pathPrefix("/chat").build(),
            Route.builder("all", Limits.of("all")).build());
    Route<Limits> route = requireNonNull(table.match(RequestHead.builder("GET", target).build()));
    assertThat(route.target().names()).containsExactly("all");
  }

  @Test
  void match_closedPattern_slashAtTheEndIsAnotherSpelling() {
    RouteTable<Limits> table =
        RouteTable.of(
            Route.builder("login", Limits.of("login")).path("/login").build(),
            Route.builder("all", Limits.of("all")).build());
    for (String target : List.of("/login/", "/LOGIN", "/login;a", "/login.", "/login%2f")) {
      Route<Limits> route = requireNonNull(table.match(RequestHead.builder("GET", target).build()));
      assertThat(route.target().names()).as(target).contains("login");
    }
  }

  /** Express and JAX-RS serve one handler for both, and nginx and Django redirect to the slash. */
  @ParameterizedTest
  @ValueSource(strings = {"/admin", "/admin/", "/*/users", "/admin/users/"})
  void match_trailingSlash_ofPathOrPattern_isAnotherSpelling(String pattern) {
    RouteTable<Limits> table =
        RouteTable.of(
            Route.builder("admin", Limits.of("admin")).path(pattern).build(),
            Route.builder("all", Limits.of("all")).build());
    String path = pattern.replace("*", "admin").replaceFirst("/$", "");
    for (String target : List.of(path, path + "/", path + "//", path + "/.", path + ";x/")) {
      Route<Limits> route = requireNonNull(table.match(RequestHead.builder("GET", target).build()));
      assertThat(route.target().names()).as(target).contains("admin");
    }
    for (String target : List.of(path + "/x", path + "x", "/", path.substring(0, 5))) {
      boolean same = path.equals(target);
      Route<Limits> route = requireNonNull(table.match(RequestHead.builder("GET", target).build()));
      assertThat(route.target().names().contains("admin")).as(target).isEqualTo(same);
    }
  }

  @Test
  void match_trailingSlash_asWritten_isOneRoute() {
    RouteTable<Limits> table =
        RouteTable.of(Route.builder("admin", Limits.of("admin")).path("/admin/").build());
    assertThat(winner(RouteTable.of(route("r", 0).path("/").build()), "GET", "/", "h"))
        .isEqualTo("r");
    Route<Limits> route =
        requireNonNull(table.match(RequestHead.builder("GET", "/admin/").build()));
    assertThat(route.name()).isEqualTo("admin");
  }

  @Test
  void match_readingsThatDiffer_combineAndAreNamed() {
    Route<Limits> chat = Route.builder("chat", Limits.of("chat")).pathPrefix("/chat").build();
    Route<Limits> all = Route.builder("all", Limits.of("all")).priority(-1).build();
    RouteTable<Limits> table = RouteTable.of(chat, all);
    var request = RequestHead.builder("GET", "/chat;v=1/hi").build();
    Route<Limits> route = requireNonNull(table.match(request));
    assertThat(route.name()).isEqualTo("all+chat");
    assertThat(route.target().names()).containsExactlyInAnyOrder("chat", "all");
    assertThat(table.match(request)).isSameAs(route);
    var why = table.explain(request);
    assertThat(why.path()).isEqualTo("/chat;v=1/hi");
    assertThat(why.alternativePaths()).containsExactly("/chat/hi");
    assertThat(why.routes()).containsExactly("all", "chat");
    assertThat(why.steps().get(0).reason()).isEqualTo("applies, if the path is read as /chat/hi");
  }

  @Test
  void match_readingsThatDiffer_notCombinable_areRejected() {
    RouteTable<String> table =
        RouteTable.of(route("a", 1).pathPrefix("/a").build(), route("b", 0).build());
    assertThat(winner(table, "GET", "/a/%20", "h")).isEqualTo("a");
    assertThatThrownBy(() -> winner(table, "GET", "/a;x/y", "h"))
        .isInstanceOf(AmbiguousTargetException.class);
    RouteTable<String> alike =
        RouteTable.of(
            Route.builder("a", "same").priority(1).pathPrefix("/a").build(),
            Route.builder("b", "same").build());
    assertThat(winner(alike, "GET", "/a;x/y", "h")).isEqualTo("same");
  }

  @Test
  void match_tooManyReadings_areRejectedIfRoutesHavePaths() {
    String target = "/%252e;%3b%5c/..;%2f\\x%20./".repeat(100);
    RouteTable<String> paths =
        RouteTable.of(route("a", 1).pathPrefix("/a").build(), route("b", 0).build());
    assertThatThrownBy(() -> winner(paths, "GET", target, "h"))
        .isInstanceOf(AmbiguousTargetException.class);
    assertThat(winner(RouteTable.of(route("b", 0).build()), "GET", target, "h")).isEqualTo("b");
  }

  @Test
  void match_chains_bothGuard() {
    Guard one = new NamedGuard("one");
    Guard two = new NamedGuard("two");
    RouteTable<GuardChain> table =
        RouteTable.of(
            Route.builder("chat", GuardChain.of(one)).priority(1).pathPrefix("/chat").build(),
            Route.builder("all", GuardChain.of(one, two)).build());
    GuardSelector selector = GuardSelector.routes(new LiveRoutes<>(table), GuardChain.empty());
    assertThat(selector.select(RequestHead.builder("GET", "/chat;x").build()).guards())
        .containsExactly(one, two);
    assertThat(selector.select(RequestHead.builder("GET", "/chat").build()).guards())
        .containsExactly(one);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "victim.test",
        "victim.test:80",
        "VICTIM.test:0080",
        "victim.test.",
        "victim.test:"
      })
  void match_host_allSpellingsSelectOneRoute(String host) {
    RouteTable<String> table = RouteTable.of(route("v", 0).host("victim.test").build());
    assertThat(winner(table, "GET", "/", host)).isEqualTo("v");
  }

  /** A set of limits that all apply. */
  private record Limits(Set<String> names) implements Combinable<Limits> {
    static Limits of(String name) {
      return new Limits(Set.of(name));
    }

    @Override
    public Limits and(Limits other) {
      var both = new TreeSet<>(names);
      both.addAll(other.names);
      return new Limits(both);
    }
  }

  private record NamedGuard(String name) implements Guard {
    @Override
    public Verdict onHead(GatewayRequest request) {
      return Verdict.allow();
    }
  }

  @Test
  void replace_nextRequestSeesNewTable() {
    var live = new LiveRoutes<>(RouteTable.of(route("a", 0).build()));
    live.replace(RouteTable.of(List.of()));
    assertThat(live.match(RequestHead.builder("GET", "/").build())).isNull();
  }

  @Test
  void builder_invalidConditions_areRejected() {
    assertThatThrownBy(() -> route("a", 0).path("x")).hasMessageContaining("path: \"x\"");
    assertThatThrownBy(() -> route("a", 0).path("/a*")).hasMessageContaining("/a*");
    assertThatThrownBy(() -> route("a", 0).path("/**/a")).hasMessageContaining("/**/a");
    assertThatThrownBy(() -> route("a", 0).pathPrefix("/a/*")).hasMessageContaining("pathPrefix");
    assertThatThrownBy(() -> route("a", 0).host("a.*")).hasMessageContaining("host");
    assertThatThrownBy(() -> route(" ", 0)).hasMessageContaining("name");
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
