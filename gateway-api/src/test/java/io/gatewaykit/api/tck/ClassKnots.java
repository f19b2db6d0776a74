// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds knots: groups of classes each of which depends on every other, directly or not. These are
 * the strongly connected components of the dependency graph. A nested class belongs to its
 * top-level class, and a sealed type forms one node with the top-level types that it permits.
 *
 * <p>A class depends on every class whose simple name its source contains, outside of comments and
 * string literals. Class files would not do: a constant of another class, such as {@code
 * Limits.MAX}, is copied into them and leaves no reference. If two classes have the same simple
 * name, the one in the same package is meant, otherwise both are.
 *
 * <p>The algorithm is Tarjan's: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM
 * Journal on Computing 1(2), 1972. Linear in the number of dependencies.
 */
public final class ClassKnots {
  /** Comments, text blocks, strings and characters; without alternatives that would recurse. */
  private static final Pattern NOT_CODE =
      Pattern.compile(
          "(?s)/\\*.*?\\*/"
              + "|//[^\n]*"
              + "|\"\"\".*?(?<!\\\\)\"\"\""
              + "|\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\""
              + "|'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'");

  private static final Pattern NAMES = Pattern.compile("\\b[A-Z]\\w*\\b");
  private static final Pattern PERMITS = Pattern.compile("\\bsealed\\b[^{]*?\\bpermits\\b([^{]*)");

  private final Map<String, NavigableSet<String>> edges = new TreeMap<>();
  private final Map<String, Integer> index = new HashMap<>();
  private final Map<String, Integer> low = new HashMap<>();
  private final Deque<String> path = new ArrayDeque<>();
  private final List<NavigableSet<String>> knots = new ArrayList<>();

  private ClassKnots(Map<String, NavigableSet<String>> references) {
    edges.putAll(references);
    for (String node : edges.keySet()) {
      if (!index.containsKey(node)) {
        visit(node);
      }
    }
    knots.sort(Comparator.<NavigableSet<String>>comparingInt(NavigableSet::size).reversed());
  }

  /**
   * Reads the sources in a directory and below.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static ClassKnots in(Path directory) {
    var sources = new TreeMap<String, String>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = directory.relativize(file).toString().replace('\\', '/').replace('/', '.');
        if (name.endsWith(".java") && !name.endsWith("-info.java")) {
          sources.put(name.substring(0, name.length() - 5), Files.readString(file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("directory: " + directory + " (expected: with sources)");
    }
    return of(sources);
  }

  /**
   * Takes the sources given.
   *
   * @param sources the source of each top-level class, by its full name
   */
  public static ClassKnots of(Map<String, String> sources) {
    var bySimpleName = new HashMap<String, List<String>>();
    var code = new TreeMap<String, String>();
    sources.forEach((name, source) -> {
      bySimpleName.computeIfAbsent(simple(name), key -> new ArrayList<>()).add(name);
      code.put(name, NOT_CODE.matcher(source).replaceAll(" "));
    });
    var sealedBy = new HashMap<String, String>();
    code.forEach((name, text) -> {
      Matcher permits = PERMITS.matcher(text);
      if (permits.find()) {
        targets(name, permits.group(1), bySimpleName)
            .forEach(permitted -> sealedBy.put(permitted, name));
      }
    });
    var references = new TreeMap<String, NavigableSet<String>>();
    code.forEach((name, text) -> {
      String node = family(name, sealedBy);
      NavigableSet<String> targets = references.computeIfAbsent(node, key -> new TreeSet<>());
      targets(name, text, bySimpleName).forEach(target -> targets.add(family(target, sealedBy)));
      targets.remove(node);
    });
    return new ClassKnots(references);
  }

  private static NavigableSet<String> targets(
      String from, String text, Map<String, List<String>> bySimpleName) {
    var targets = new TreeSet<String>();
    Matcher names = NAMES.matcher(text);
    while (names.find()) {
      String name = names.group();
      String neighbour = from.substring(0, from.length() - simple(from).length()) + name;
      List<String> named = bySimpleName.getOrDefault(name, List.of());
      targets.addAll(named.contains(neighbour) ? List.of(neighbour) : named);
    }
    targets.remove(from);
    return targets;
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String family(String name, Map<String, String> sealedBy) {
    String top = name;
    while (sealedBy.containsKey(top)) {
      top = sealedBy.get(top);
    }
    return top;
  }

  private void visit(String node) {
    int order = index.size();
    index.put(node, order);
    low.put(node, order);
    path.push(node);
    for (String next : requireNonNull(edges.get(node))) {
      if (!index.containsKey(next)) {
        visit(next);
        low.merge(node, low.get(next), Math::min);
      } else if (path.contains(next)) {
        low.merge(node, index.get(next), Math::min);
      }
    }
    if (low.get(node) == order) {
      var knot = new TreeSet<String>();
      while (!knot.contains(node)) {
        knot.add(path.pop());
      }
      if (knot.size() > 1) {
        knots.add(knot);
      }
    }
  }

  /** Returns the full names of the classes of each knot of at least two, the largest knot first. */
  public List<NavigableSet<String>> knots() {
    return List.copyOf(knots);
  }

  /** Returns a description of each knot of more classes than given, with its dependencies. */
  public List<String> largerThan(int max) {
    return knots.stream().filter(knot -> knot.size() > max).map(this::describe).toList();
  }

  private String describe(NavigableSet<String> knot) {
    return "a knot of "
        + knot.size()
        + " classes:"
        + knot.stream()
            .map(node -> "\n  " + simple(node) + " -> " + within(knot, node))
            .collect(joining());
  }

  private String within(NavigableSet<String> knot, String node) {
    return requireNonNull(edges.get(node)).stream()
        .filter(knot::contains)
        .map(ClassKnots::simple)
        .collect(joining(", "));
  }
}
