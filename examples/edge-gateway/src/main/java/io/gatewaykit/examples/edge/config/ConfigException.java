package io.gatewaykit.examples.edge.config;

import java.util.List;
import java.util.stream.Collectors;

/** Says everything that is wrong in a configuration; its message has a line for each problem. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // always a JDK list of strings
  private final List<String> problems;

  /** Says what is wrong, one line each. */
  public ConfigException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
    this.problems = List.copyOf(problems);
  }

  static ConfigException of(List<ConfigProblem> problems) {
    return new ConfigException(
        problems.stream().map(ConfigProblem::toString).collect(Collectors.toList()));
  }

  /** Returns all problems in the order of the file, one line each. */
  public List<String> problems() {
    return problems;
  }
}
