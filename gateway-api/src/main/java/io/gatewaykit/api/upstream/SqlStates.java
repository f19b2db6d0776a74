// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import java.lang.reflect.InvocationTargetException;
import org.jspecify.annotations.Nullable;

/**
 * Maps the SQLSTATE of exceptions to outcomes (ISO/IEC 9075; classes 53 and 57 as in PostgreSQL).
 * Read by reflection, so that this module does not require {@code java.sql}.
 */
final class SqlStates {
  private SqlStates() {}

  /** Returns the outcome of an {@code SQLException}; null if its state is inconclusive. */
  static @Nullable Outcome outcome(Throwable failure) {
    String state = state(failure);
    return switch (state) {
      case "08001", "08004", "57P03" -> Outcome.CONNECT_FAILURE; // not connected, not accepted
      case "57014" -> Outcome.TIMEOUT; // statement timeout
      default ->
          switch (state.length() == 5 ? state.substring(0, 2) : "") {
            case "53" -> Outcome.REJECTED_REMOTE; // too many connections, no memory
            // Data, constraint, transaction, syntax, raised by the program: the server works.
            case "02", "21", "22", "23", "25", "40", "42", "44", "P0" -> Outcome.SUCCESS;
            default -> null;
          };
    };
  }

  private static String state(Throwable failure) {
    for (Class<?> type = failure.getClass(); type != Object.class; type = type.getSuperclass()) {
      if (type.getName().equals("java.sql.SQLException")) {
        try {
          Object state = type.getMethod("getSQLState").invoke(failure);
          return state instanceof String text ? text : "";
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
          return "";
        }
      }
    }
    return "";
  }
}
