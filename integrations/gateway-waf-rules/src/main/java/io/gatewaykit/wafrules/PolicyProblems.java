// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Collects the errors of a file, so that they are reported together. */
final class PolicyProblems {
  private final String file;
  private final List<PolicyProblem> found = new ArrayList<>();

  PolicyProblems(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  void add(Node at, String field, String message) {
    add(at.getStartMark(), field, message);
  }

  void add(Optional<Mark> at, String field, String message) {
    int line = at.map(Mark::getLine).orElse(0) + 1;
    int column = at.map(Mark::getColumn).orElse(0) + 1;
    found.add(new PolicyProblem(file, line, column, field, message));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  List<PolicyProblem> sorted() {
    found.sort(
        Comparator.comparingInt(PolicyProblem::line).thenComparingInt(PolicyProblem::column));
    return List.copyOf(found);
  }
}
