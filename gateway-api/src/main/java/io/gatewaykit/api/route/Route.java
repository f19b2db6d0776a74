package io.gatewaykit.api.route;

import static java.util.Objects.requireNonNull;

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
 * What a request must look like, and what then applies to it. Immutable.
 *
 * @param <T> what applies: a chain of guards, a group of upstreams, anything
 */
public final class Route<T> {
  /** Which of two routes is asked first; equal for a tie that nothing decides. */
  static final Comparator<Route<?>> ORDER =
      Comparator.<Route<?>>comparingInt(r -> -r.priority)
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
    priority = builder.priority;
    host = builder.host;
    path = builder.path;
    methods = Set.copyOf(builder.methods);
    target = builder.target;
  }

  /**
   * Returns a builder of a route that matches every request, with priority 0.
   *
   * @param name the route's name, unique in its table
   * @param target what applies to the requests that match
   */
  public static <T> Builder<T> builder(String name, T target) {
    return new Builder<>(name, target);
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the priority; the highest is asked first. */
  public int priority() {
    return priority;
  }

  /** Returns what applies to the requests that match. */
  public T target() {
    return target;
  }

  /** Returns the path pattern, {@code /**} for any path. */
  public String path() {
    return path.toString();
  }

  /** Returns the host, {@code *.example.com} for any below it, empty for any host. */
  public Optional<String> host() {
    return Optional.ofNullable(host);
  }

  /** Returns the methods, sorted; empty for any method. */
  public List<String> methods() {
    return List.copyOf(new TreeSet<>(methods));
  }

  boolean matches(GatewayRequest request, String path) {
    return (methods.isEmpty() || methods.contains(request.method()))
        && this.path.matches(path)
        && (host == null || hostMatches(request.host()));
  }

  /** Why the request does not match; empty if it does. */
  List<String> mismatches(GatewayRequest request) {
    var reasons = new ArrayList<String>();
    if (!methods.isEmpty() && !methods.contains(request.method())) {
      reasons.add("method is not one of " + methods());
    }
    if (!path.matches(request.path())) {
      reasons.add("path does not match " + path);
    }
    if (host != null && !hostMatches(request.host())) {
      reasons.add("host does not match " + host);
    }
    return reasons;
  }

  /** Whether the two tie: some request matches both, and no rule puts one first. */
  boolean ties(Route<?> other) {
    return ORDER.compare(this, other) == 0
        && path.overlaps(other.path)
        && methodsOverlap(other)
        && hostsOverlap(other);
  }

  private boolean methodsOverlap(Route<?> other) {
    return methods.isEmpty()
        || other.methods.isEmpty()
        || methods.stream().anyMatch(other.methods::contains);
  }

  /** Of equal rank, so both any, both exact, or both wildcards of one length. */
  private boolean hostsOverlap(Route<?> other) {
    return host == null || host.equals(other.host);
  }

  /** Any host 0, then wildcards by length, exact hosts first of all. */
  private int hostRank() {
    if (host == null) {
      return 0;
    }
    return host.startsWith("*.") ? host.length() : Integer.MAX_VALUE;
  }

  private boolean hostMatches(String asked) {
    String mine = requireNonNull(host);
    if (!mine.startsWith("*.")) {
      return mine.equals(asked);
    }
    return asked.length() > mine.length() - 1 && asked.endsWith(mine.substring(1));
  }

  @Override
  public String toString() {
    return "Route[" + name + ", priority " + priority + ", " + path + "]";
  }

  /**
   * Collects the predicates of a {@link Route}; all of them must hold. Not thread-safe.
   *
   * @param <T> what applies to the requests that match
   */
  public static final class Builder<T> {
    private final String name;
    private final T target;
    private int priority;
    private @Nullable String host;
    private PathMatcher path = PathMatcher.any();
    private Set<String> methods = Set.of();

    private Builder(String name, T target) {
      if (requireNonNull(name, "name").isBlank()) {
        throw new IllegalArgumentException("name: \"" + name + "\" (expected: not blank)");
      }
      this.name = name;
      this.target = requireNonNull(target, "target");
    }

    /** Sets the priority; routes of a higher one are asked first. Any int; default 0. */
    public Builder<T> priority(int priority) {
      this.priority = priority;
      return this;
    }

    /**
     * Sets the host, without port: a name, or {@code *.} and a name for all hosts below it.
     *
     * @throws IllegalArgumentException if it is blank or has a {@code *} elsewhere
     */
    public Builder<T> host(String host) {
      String name = host.startsWith("*.") ? host.substring(2) : host;
      if (name.isBlank() || name.indexOf('*') >= 0) {
        throw new IllegalArgumentException(
            "host: \"" + host + "\" (expected: a host name or *.NAME)");
      }
      this.host = host.toLowerCase(Locale.ROOT);
      return this;
    }

    /**
     * Matches the path and all below it: {@code /chat} matches {@code /chat} and {@code /chat/x},
     * but not {@code /chatter}.
     *
     * @throws IllegalArgumentException if it does not begin with a slash or holds a {@code *}
     */
    public Builder<T> pathPrefix(String prefix) {
      this.path = PathMatcher.prefix(prefix);
      return this;
    }

    /**
     * Matches the path by a pattern: {@code *} stands for one segment, a last {@code **} for any
     * rest.
     *
     * @throws IllegalArgumentException if it does not begin with a slash or has a {@code *}
     *     elsewhere
     */
    public Builder<T> path(String pattern) {
      this.path = PathMatcher.pattern(pattern);
      return this;
    }

    /** Sets the methods, case-sensitive as RFC 9110 has it; none, the default, means any. */
    public Builder<T> methods(String... methods) {
      this.methods = Set.of(methods);
      return this;
    }

    /** Builds the route. */
    public Route<T> build() {
      return new Route<>(this);
    }
  }
}
