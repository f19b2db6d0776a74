package io.gatewaykit.examples.edge.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects what is wrong in one file, so that the user learns everything at once. */
final class Problems {
  private final String file;
  private final List<ConfigProblem> found = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(Node at, String field, String value, String expected) {
    add(at.getStartMark(), field, value, expected);
  }

  void add(Optional<Mark> at, String field, String value, String expected) {
    int line = at.map(Mark::getLine).orElse(0) + 1;
    int column = at.map(Mark::getColumn).orElse(0) + 1;
    found.add(new ConfigProblem(file, line, column, field, value, expected));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  ConfigException exception() {
    found.sort(
        Comparator.comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column));
    return ConfigException.of(found);
  }
}
