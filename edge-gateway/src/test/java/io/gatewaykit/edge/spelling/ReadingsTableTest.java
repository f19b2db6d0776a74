// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of readings in docs/http-semantics.md matches the servers, and routes apply to all. */
@Timeout(120)
class ReadingsTableTest {
  private static final Path PAGE = Path.of("../docs/http-semantics.md");

  @TempDir Path directory;

  /** Returns the cells of the table, including its head; the first cell of a row is the target. */
  private static List<List<String>> table() throws IOException {
    var rows = new ArrayList<List<String>>();
    boolean inside = false;
    for (String line : Files.readAllLines(PAGE)) {
      inside |= line.startsWith("| target | Tomcat");
      if (inside && !line.startsWith("|")) {
        break;
      }
      if (inside && !line.startsWith("|--")) {
        String[] cells = line.substring(2, line.length() - 2).split(" \\| ", -1);
        rows.add(Arrays.stream(cells).map(cell -> cell.replace("`", "")).toList());
      }
    }
    return rows;
  }

  private static String cell(InetSocketAddress server, String target) throws IOException {
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      RawResponse response = client.read();
      if (response.status() != 200) {
        return Integer.toString(response.status());
      }
      return response.body().startsWith(Backend.MARK + "chat ") ? "yes" : "no";
    }
  }

  @ParameterizedTest
  @EnumSource
  void cells_areThoseOfTheServer(Server server) throws Exception {
    List<List<String>> table = table();
    int column = table.get(0).indexOf(server.documentedName());
    assertThat(column).as(server.documentedName()).isPositive();
    var documented = new ArrayList<String>();
    var actual = new ArrayList<String>();
    try (Backend backend = server.start(directory)) {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.port());
      for (List<String> row : table.subList(1, table.size())) {
        documented.add(row.get(0) + " " + row.get(column));
        actual.add(row.get(0) + " " + cell(address, row.get(0)));
      }
    }
    assertThat(actual).isEqualTo(documented);
  }

  @Test
  void routes_applyToEachTargetThatSomeServerServes() throws IOException {
    RouteTable<String> routes =
        RouteTable.of(Route.builder("chat", "chat").pathPrefix("/chat").build());
    List<List<String>> table = table();
    assertThat(table).hasSizeGreaterThan(25);
    for (List<String> row : table.subList(1, table.size())) {
      if (row.contains("yes")) {
        RequestHead request = RequestHead.builder("GET", row.get(0)).headers("Host", "h").build();
        boolean rejected = RequestTarget.defect(request) != null; // before any guard is called
        assertThat(rejected || routes.match(request) != null).as(row.get(0)).isTrue();
      }
    }
  }
}
