// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown when a policy cannot be read. It lists all errors, in the order of the file. */
public final class PolicyException extends Exception {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // always a JDK list of records of strings
  private final List<PolicyProblem> problems;

  PolicyException(List<PolicyProblem> problems) {
    super(problems.stream().map(PolicyProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Returns the errors, at least one. */
  public List<PolicyProblem> problems() {
    return problems;
  }
}
