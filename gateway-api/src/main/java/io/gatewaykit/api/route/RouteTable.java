// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route of a request. Thread-safe and, except for a cache, immutable; {@link LiveRoutes}
 * replaces a table as a whole.
 *
 * <p>The order is explicit: the highest priority first. Among equal priorities the more specific
 * path comes first (more literal segments, then more segments, then no trailing {@code **}), then
 * the more specific host, then a route with methods. Two routes that are still tied, and for which
 * a request could match both, are an error and rejected. The order in which routes were added is
 * irrelevant.
 *
 * <p>A policy cannot be bypassed by another spelling of a path. Since servers interpret targets
 * differently, the table matches every reading ({@link GatewayRequest#path()}, {@link
 * GatewayRequest#alternativePaths()}), both literally and leniently: ignoring case, dots at the end
 * of a segment, and a trailing slash. Nearly always all of them match the same route. Otherwise the
 * result is a route that combines all their targets, provided that the targets are equal or {@link
 * Combinable}, as {@link io.gatewaykit.api.guard.GuardChain} is. The names are joined with {@code
 * +}.
 *
 * @param <T> the type of the routes' targets
 */
public final class RouteTable<T> {
  /**
   * Clients choose the combinations, so the cache is bounded; beyond it they are created per
   * request.
   */
  private static final int MAX_COMBINATIONS = 256;

  private static final int NONE = -1;
  private static final int SEVERAL = -2;

  private final List<Route<T>> routes;
  private final boolean pathMatters;
  private final Map<List<Route<T>>, Route<T>> combinations = new ConcurrentHashMap<>();

  private RouteTable(List<Route<T>> routes) {
    this.routes = routes;
    pathMatters = !routes.stream().allMatch(Route::isForAnyPath);
  }

  /**
   * Returns a table of the routes.
   *
   * @throws RouteConflictException if names are not unique or routes tie; it lists all errors
   */
  public static <T> RouteTable<T> of(Collection<Route<T>> routes) {
    var sorted = new ArrayList<>(requireNonNull(routes, "routes"));
    sorted.sort(Route.ORDER);
    var errors = new ArrayList<String>();
    var names = new HashSet<String>();
    for (Route<T> route : sorted) {
      if (!names.add(route.name())) {
        errors.add("route \"" + route.name() + "\" is defined twice");
      }
    }
    for (int i = 0; i < sorted.size(); i++) {
      for (int j = i + 1; j < sorted.size(); j++) {
        Route<T> a = sorted.get(i);
        Route<T> b = sorted.get(j);
        if (a.ties(b)) {
          errors.add(
              "routes \""
                  + a.name()
                  + "\" and \""
                  + b.name()
                  + "\" tie: both match "
                  + a.path()
                  + " or "
                  + b.path()
                  + " with priority "
                  + a.priority()
                  + " (expected: different priorities)");
        }
      }
    }
    if (!errors.isEmpty()) {
      throw new RouteConflictException(errors);
    }
    return new RouteTable<>(List.copyOf(sorted));
  }

  /** Returns a table of the routes; see {@link #of(Collection)}. */
  @SafeVarargs
  public static <T> RouteTable<T> of(Route<T>... routes) {
    var list = new ArrayList<Route<T>>(requireNonNull(routes, "routes").length);
    for (Route<T> route : routes) {
      list.add(route);
    }
    return of(list);
  }

  /**
   * Returns the route of the request, or null if none matches. If the readings of the target match
   * several routes, returns a combination of them.
   *
   * @throws AmbiguousTargetException if there are too many readings, or several routes whose
   *     targets differ and cannot be combined
   */
  public @Nullable Route<T> match(GatewayRequest request) {
    List<String> others = pathMatters ? request.alternativePaths() : List.of();
    String path = request.path();
    int index = onlyMatch(request, path);
    for (int i = 0; i < others.size() && index != SEVERAL; i++) {
      index = onlyMatch(request, others.get(i)) == index ? index : SEVERAL;
    }
    if (index != SEVERAL) {
      return index == NONE ? null : routes.get(index);
    }
    return combined(List.copyOf(selected(request, path, others).keySet()));
  }

  /**
   * Returns the index of the route that a reading selects, NONE, or SEVERAL if the literal match
   * might differ from the lenient one.
   */
  private int onlyMatch(GatewayRequest request, String path) {
    for (int i = 0; i < routes.size(); i++) {
      Route<T> route = routes.get(i);
      if (route.matchesLoosely(request, path)) {
        return route.matchesPath(path) ? i : SEVERAL;
      }
    }
    return NONE;
  }

  /** Returns the routes that the readings match, each with the first such reading. */
  private Map<Route<T>, String> selected(GatewayRequest request, String path, List<String> others) {
    var selected = new LinkedHashMap<Route<T>, String>();
    select(request, path, selected);
    for (String other : others) {
      select(request, other, selected);
    }
    return selected;
  }

  /** Adds the first route that matches leniently and the first that matches literally. */
  private void select(GatewayRequest request, String path, Map<Route<T>, String> selected) {
    boolean found = false;
    for (Route<T> route : routes) {
      if (route.matchesLoosely(request, path)) {
        boolean asWritten = route.matchesPath(path);
        if (!found || asWritten) {
          selected.putIfAbsent(route, path);
        }
        if (asWritten) {
          return;
        }
        found = true;
      }
    }
  }

  private @Nullable Route<T> combined(List<Route<T>> several) {
    if (several.size() <= 1) {
      return several.isEmpty() ? null : several.get(0);
    }
    Route<T> known = combinations.get(several);
    if (known != null) {
      return known;
    }
    T target = several.get(0).target();
    for (Route<T> next : several.subList(1, several.size())) {
      target = both(target, next.target());
    }
    Route<T> combination = Route.combination(several, target);
    if (combinations.size() < MAX_COMBINATIONS) {
      combinations.put(several, combination);
    }
    return combination;
  }

  private static <T> T both(T one, T two) {
    if (one.equals(two)) {
      return one;
    }
    if (one instanceof Combinable<?>) {
      @SuppressWarnings("unchecked") // a policy is combined with its own type: see Combinable
      Combinable<T> policy = (Combinable<T>) one;
      return policy.and(two);
    }
    throw new AmbiguousTargetException("the target's readings lead to different routes");
  }

  /**
   * Returns the routes that apply and the reasons why the others do not. For diagnostics, not for
   * the hot path.
   */
  public Explanation explain(GatewayRequest request) {
    List<String> others = request.alternativePaths();
    Map<Route<T>, String> selected = selected(request, request.path(), others);
    var names = new ArrayList<String>();
    selected.keySet().forEach(route -> names.add(route.name()));
    var steps = new ArrayList<Step>();
    for (Route<T> route : routes) {
      steps.add(step(route, request, selected.get(route), names));
    }
    return new Explanation(request.path(), others, List.copyOf(names), List.copyOf(steps));
  }

  private static Step step(
      Route<?> route, GatewayRequest request, @Nullable String reading, List<String> selected) {
    if (reading != null) {
      boolean main = reading.equals(request.path());
      String reason = main ? "applies" : "applies, if the path is read as " + reading;
      return new Step(route.name(), route.priority(), true, reason);
    }
    List<String> mismatches = route.mismatches(request);
    return mismatches.isEmpty()
        ? new Step(
            route.name(),
            route.priority(),
            true,
            "matches too, but comes after " + String.join(" and ", selected))
        : new Step(route.name(), route.priority(), false, String.join("; ", mismatches));
  }

  /** Returns the routes in evaluation order. */
  public List<Route<T>> routes() {
    return routes;
  }

  /**
   * The explanation of a routing decision.
   *
   * @param path the main reading of the path
   * @param alternativePaths its other readings
   * @param routes the names of the matching routes: none, one, or several if the readings differ
   * @param steps every route of the table, in evaluation order
   */
  public record Explanation(
      String path, List<String> alternativePaths, List<String> routes, List<Step> steps) {
    /** Copies the lists. */
    public Explanation {
      alternativePaths = List.copyOf(alternativePaths);
      routes = List.copyOf(routes);
      steps = List.copyOf(steps);
    }
  }

  /**
   * The evaluation of one route.
   *
   * @param route the route's name
   * @param priority its priority
   * @param matches whether the request matches its conditions
   * @param reason the reason why it applies or not
   */
  public record Step(String route, int priority, boolean matches, String reason) {}
}
