// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown when a configuration is invalid. The message lists every problem, one per line. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // always a JDK list of strings
  private final List<String> problems;

  /** Creates an exception with these problems, one line each. */
  public ConfigException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  static ConfigException of(List<ConfigProblem> problems) {
    return new ConfigException(
        problems.stream().map(ConfigProblem::toString).collect(Collectors.toList()));
  }

  /** Returns all problems in file order, one line each. */
  public List<String> problems() {
    return problems;
  }
}
