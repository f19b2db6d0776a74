// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The table of faults and outcomes in docs/failover-execution.md, which the tests verify. */
final class OutcomesPage {
  private static final String HEAD = "| fault |";

  /** The cells of the other clients and of PgJDBC, by fault. */
  private final Map<String, List<String>> rows = new HashMap<>();

  OutcomesPage(Path page) throws IOException {
    boolean inTable = false;
    for (String line : Files.readAllLines(page)) {
      inTable = line.startsWith(HEAD) || (inTable && line.startsWith("|"));
      if (inTable && !line.startsWith(HEAD) && !line.startsWith("|--")) {
        List<String> cells = Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
        for (String fault : cells.get(1).split(", ", -1)) {
          rows.put(fault, List.of(cells.get(2), cells.get(3)));
        }
      }
    }
  }

  /** Returns the documented outcome. */
  Outcome expected(String fault, Client client) {
    List<String> cells = requireNonNull(rows.get(fault), fault);
    String cell = cells.get(client == Client.PGJDBC ? 1 : 0);
    return Outcome.valueOf(cell.replace("`", ""));
  }
}
