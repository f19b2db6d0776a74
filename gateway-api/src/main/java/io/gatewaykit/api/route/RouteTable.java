package io.gatewaykit.api.route;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the route that applies to a request. Immutable and thread-safe; {@link LiveRoutes} swaps
 * whole tables.
 *
 * <p>The order is explicit: the highest priority first. Among equals the more specific path comes
 * first (more literal segments, then more segments, then a closed end), then the more specific
 * host, then a route that names methods. Two routes that even so stand level, and that some request
 * could match both, are a mistake and refused. The order in which routes were added never matters.
 *
 * @param <T> what the routes lead to
 */
public final class RouteTable<T> {
  private final List<Route<T>> routes;

  private RouteTable(List<Route<T>> routes) {
    this.routes = routes;
  }

  /**
   * Returns a table of the routes.
   *
   * @throws RouteConflictException if names are used twice or routes tie; it lists all errors
   */
  public static <T> RouteTable<T> of(Collection<Route<T>> routes) {
    var sorted = new ArrayList<>(routes);
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

  /** Returns a table of the routes, as {@link #of(Collection)} does. */
  @SafeVarargs
  public static <T> RouteTable<T> of(Route<T>... routes) {
    var list = new ArrayList<Route<T>>(routes.length);
    for (Route<T> route : routes) {
      list.add(route);
    }
    return of(list);
  }

  /** Returns the route that applies, or null if none does. */
  public @Nullable Route<T> match(GatewayRequest request) {
    String path = request.path();
    for (int i = 0; i < routes.size(); i++) {
      Route<T> route = routes.get(i);
      if (route.matches(request, path)) {
        return route;
      }
    }
    return null;
  }

  /** Returns which route applies and why the others do not. For people, not for the hot path. */
  public Explanation explain(GatewayRequest request) {
    var steps = new ArrayList<Step>();
    String winner = null;
    for (Route<T> route : routes) {
      List<String> mismatches = route.mismatches(request);
      if (!mismatches.isEmpty()) {
        steps.add(new Step(route.name(), route.priority(), false, String.join("; ", mismatches)));
      } else if (winner == null) {
        winner = route.name();
        steps.add(new Step(route.name(), route.priority(), true, "applies"));
      } else {
        steps.add(
            new Step(
                route.name(), route.priority(), true, "matches too, but comes after " + winner));
      }
    }
    return new Explanation(request.path(), Optional.ofNullable(winner), List.copyOf(steps));
  }

  /** Returns the routes in the order in which they are asked. */
  public List<Route<T>> routes() {
    return routes;
  }

  /**
   * Why a request went where it went.
   *
   * @param path the normalised path that was matched
   * @param route the name of the route that applies, if any
   * @param steps every route of the table, in the order in which they are asked
   */
  public record Explanation(String path, Optional<String> route, List<Step> steps) {}

  /**
   * What one route said.
   *
   * @param route the route's name
   * @param priority its priority
   * @param matches whether the request matches its predicates
   * @param reason why it applies or does not
   */
  public record Step(String route, int priority, boolean matches, String reason) {}
}
