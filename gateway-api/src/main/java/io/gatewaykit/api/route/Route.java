// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The conditions on a request, and the target that applies if all of them hold. Immutable.
 *
 * @param <T> the type of the target: a chain of guards, a group of upstreams, anything
 */
public final class Route<T> {
  /**
   * The request attribute for the name of the selected route. Set by a selector that uses a table,
   * so that guards can report it.
   */
  public static final AttributeKey<String> SELECTED = AttributeKey.of("route");

  /** The evaluation order of two routes; equal for an unresolved tie. */
  static final Comparator<Route<?>> ORDER =
      Comparator.<Route<?>>comparingInt(r -> r.priority)
          .reversed()
          .thenComparing(r -> r.path)
          .thenComparingInt(r -> -r.hostRank())
          .thenComparing(r -> r.methods.isEmpty());

  private final String name;
  private final int priority;
  private final @Nullable String host;
  private final PathMatcher path;
  private final Set<String> methods;
  private final T target;

  private Route(Builder<T> builder) {
    name = builder.name;
    priority = requireNonNullElse(builder.priority, 0);
    host = builder.host;
    path = requireNonNullElse(builder.path, PathMatcher.any());
    methods = requireNonNullElse(builder.methods, Set.of());
    target = builder.target;
  }

  /**
   * Returns a builder for a route that matches every request, with priority 0.
   *
   * @param name the route's name, unique in its table
   * @param target the target for matching requests
   */
  public static <T> Builder<T> builder(String name, T target) {
    return new Builder<>(name, target);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the priority; routes with a higher one are evaluated first. */
  public int priority() {
    return priority;
  }

  /** Returns the target for matching requests. */
  public T target() {
    return target;
  }

  /** Returns the path pattern, {@code /**} for any path. */
  public String path() {
    return path.toString();
  }

  /** Returns the host; {@code *.example.com} for its subdomains, empty for any host. */
  public Optional<String> host() {
    return Optional.ofNullable(host);
  }

  /** Returns the methods, sorted; empty for any method. */
  public List<String> methods() {
    return List.copyOf(new TreeSet<>(methods));
  }

  /** Returns a copy of the first route with a combined name and target. */
  static <T> Route<T> combination(List<Route<T>> routes, T target) {
    var names = new ArrayList<String>();
    routes.forEach(route -> names.add(route.name));
    return new Route<>(routes.get(0), String.join("+", names), target);
  }

  private Route(Route<T> like, String name, T target) {
    this.name = name;
    this.target = target;
    priority = like.priority;
    host = like.host;
    path = like.path;
    methods = like.methods;
  }

  /** Returns whether the request matches if paths are compared leniently. */
  boolean matchesLoosely(GatewayRequest request, String path) {
    return methodMatches(request.method())
        && this.path.matchesLoosely(path)
        && (host == null || hostMatches(request.host()));
  }

  /** Ignores case: some applications do, and {@code post} would avoid the policy of POST. */
  private boolean methodMatches(String method) {
    if (methods.isEmpty() || methods.contains(method)) {
      return true;
    }
    for (String one : methods) {
      if (one.equalsIgnoreCase(method)) {
        return true;
      }
    }
    return false;
  }

  boolean matchesPath(String path) {
    return this.path.matches(path);
  }

  /** Returns whether the path is not a condition. */
  boolean isForAnyPath() {
    return path.equals(PathMatcher.any());
  }

  /** Returns the reasons why the request does not match; empty if it does. */
  List<String> mismatches(GatewayRequest request) {
    var reasons = new ArrayList<String>();
    if (!methodMatches(request.method())) {
      reasons.add("method is not one of " + methods());
    }
    if (!path.matchesLoosely(request.path())) {
      reasons.add("path does not match " + path);
    }
    if (host != null && !hostMatches(request.host())) {
      reasons.add("host does not match " + host);
    }
    return reasons;
  }

  /** Returns whether the two tie: some request matches both, and no rule orders them. */
  boolean ties(Route<?> other) {
    return ORDER.compare(this, other) == 0
        && path.overlaps(other.path)
        && methodsOverlap(other)
        && hostsOverlap(other);
  }

  private boolean methodsOverlap(Route<?> other) {
    return methods.isEmpty() || methods.stream().anyMatch(other::methodMatches);
  }

  /** Assumes equal rank: both any, both exact, or both wildcards of the same length. */
  private boolean hostsOverlap(Route<?> other) {
    return host == null || host.equals(other.host);
  }

  /** Returns 0 for any host, more for wildcards by length, and the maximum for exact hosts. */
  private int hostRank() {
    if (host == null) {
      return 0;
    }
    return host.startsWith("*.") ? host.length() : Integer.MAX_VALUE;
  }

  private boolean hostMatches(String requested) {
    String own = requireNonNull(host);
    if (!own.startsWith("*.")) {
      return own.equals(requested);
    }
    return requested.length() > own.length() - 1 && requested.endsWith(own.substring(1));
  }

  @Override
  public String toString() {
    return "Route[" + name + ", priority " + priority + ", " + path + "]";
  }

  /**
   * Collects the conditions of a {@link Route}, all of which must hold. Not thread-safe.
   *
   * @param <T> the type of the target
   */
  public static final class Builder<T> {
    private final String name;
    private final T target;
    private @Nullable Integer priority;
    private @Nullable String host;
    private @Nullable PathMatcher path;
    private @Nullable Set<String> methods;

    private Builder(String name, T target) {
      if (requireNonNull(name, "name").isBlank()) {
        throw Arguments.outside("name", "\"" + name + "\"", "not blank");
      }
      this.name = name;
      this.target = requireNonNull(target, "target");
    }

    /** Sets the priority; routes with a higher one are evaluated first. Any int; default 0. */
    public Builder<T> priority(int priority) {
      this.priority = Arguments.once("priority", this.priority, priority);
      return this;
    }

    /**
     * Sets the host, without port: a name, or {@code *.} and a name for all its subdomains.
     *
     * @throws IllegalArgumentException if it is blank or contains a {@code *} elsewhere
     */
    public Builder<T> host(String host) {
      String name = requireNonNull(host, "host").startsWith("*.") ? host.substring(2) : host;
      if (name.isBlank() || name.indexOf('*') >= 0) {
        throw Arguments.outside("host", "\"" + host + "\"", "a host name or *.NAME");
      }
      this.host = Arguments.once("host", this.host, host.toLowerCase(Locale.ROOT));
      return this;
    }

    /**
     * Matches the path and all paths below it: {@code /chat} matches {@code /chat} and {@code
     * /chat/x}, but not {@code /chatter}.
     *
     * @throws IllegalArgumentException if it does not start with a slash or contains a {@code *}
     */
    public Builder<T> pathPrefix(String prefix) {
      this.path = Arguments.once("pathPrefix", path, PathMatcher.prefix(prefix));
      return this;
    }

    /**
     * Matches the path by a pattern: {@code *} matches one segment, a trailing {@code **} any
     * remainder.
     *
     * @throws IllegalArgumentException if it does not start with a slash or contains a {@code *}
     *     elsewhere
     */
    public Builder<T> path(String pattern) {
      this.path = Arguments.once("path", path, PathMatcher.pattern(pattern));
      return this;
    }

    /** Sets the methods, compared without regard to case. Default: any. */
    public Builder<T> methods(String... methods) {
      Set<String> checked = Set.of(requireNonNull(methods, "methods"));
      this.methods = Arguments.once("methods", this.methods, checked);
      return this;
    }

    /** Builds the route. */
    public Route<T> build() {
      return new Route<>(this);
    }
  }
}
