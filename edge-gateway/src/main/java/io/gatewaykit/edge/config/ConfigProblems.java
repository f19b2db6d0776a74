// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.wafrules.PolicyProblem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects all problems of a file, so that they are reported together. */
final class ConfigProblems {
  private final String file;
  private final List<ConfigProblem> found = new ArrayList<>();

  ConfigProblems(String file) {
    this.file = file;
  }

  void add(Node at, String field, String value, String expected) {
    add(at.getStartMark(), field, value, expected);
  }

  void add(Optional<Mark> at, String field, String value, String expected) {
    int line = at.map(Mark::getLine).orElse(0) + 1;
    int column = at.map(Mark::getColumn).orElse(0) + 1;
    String message = ConfigProblem.message(value, expected);
    found.add(new ConfigProblem(file, line, column, field, message));
  }

  /** Adds a problem of a firewall policy, which may be in an included file. */
  void add(PolicyProblem problem) {
    found.add(
        new ConfigProblem(
            problem.file(), problem.line(), problem.column(), problem.field(), problem.message()));
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
