// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The outcome of the exception that each client throws for each fault. */
class ClientFailuresTest {
  @TempDir private Path folder;
  private final FaultyServers servers = new FaultyServers();
  private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
  private final AtomicReference<@Nullable Runnable> cancel = new AtomicReference<>();

  @AfterEach
  void closeServers() throws Exception {
    servers.close();
  }

  /** Calls the one endpoint of a group, not idempotent, and returns the outcomes reported. */
  private List<Outcome> call(Client client, String uri) {
    var outcomes = new ArrayList<Outcome>();
    try (FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("clients")
            .line(Line.of("a", 0, Endpoint.of("a-1", URI.create(uri))))
            .report((id, outcome, status, nanos) -> outcomes.add(outcome))
            .build()) {
      Object unused = group.execute(false, lease -> client.call(lease.payload(), cancel));
    } catch (Exception e) {
      thrown.set(e);
    }
    return outcomes;
  }

  /** Asserts the outcome that the page has for a fault. */
  private void check(Client client, String uri, String fault) throws IOException {
    Outcome expected = page().expected(fault, client);
    assertThat(call(client, uri)).as("%s", thrown.get()).containsExactly(expected);
  }

  private static OutcomesPage page() throws IOException {
    return new OutcomesPage(Path.of("../../docs/failover-execution.md"));
  }

  @ParameterizedTest
  @EnumSource
  void refused(Client client) throws Exception {
    check(client, "http://127.0.0.1:" + servers.refused() + "/", "refused");
  }

  @ParameterizedTest
  @EnumSource
  void unknownName(Client client) throws Exception {
    check(client, "http://name.invalid:81/", "unknown name");
  }

  @ParameterizedTest
  @EnumSource
  void noRoute(Client client) throws Exception {
    String address = "255.255.255.255";
    assumeTrue(hasNoRoute(address), "a route to " + address);
    check(client, "http://" + address + ":81/", "no route");
  }

  private static boolean hasNoRoute(String address) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, 81), 200);
      return false;
    } catch (IOException e) {
      return String.valueOf(e.getMessage()).contains("unreachable");
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectTimeout(Client client) throws Exception {
    check(client, "http://127.0.0.1:" + servers.full() + "/", "connect timeout");
  }

  @ParameterizedTest
  @EnumSource
  void untrustedCertificate(Client client) throws Exception {
    int port =
        client == Client.PGJDBC ? servers.untrustedPostgres(folder) : servers.untrusted(folder);
    check(client, "https://127.0.0.1:" + port + "/", "TLS handshake failed");
  }

  @ParameterizedTest
  @EnumSource
  void readTimeout(Client client) throws Exception {
    int port = servers.silent(new CountDownLatch(1));
    check(client, "http://127.0.0.1:" + port + "/", "no response in time");
  }

  @ParameterizedTest
  @EnumSource
  void resetBeforeTheResponse(Client client) throws Exception {
    int port = servers.resetBeforeResponse();
    check(client, "http://127.0.0.1:" + port + "/", "connection reset before the response");
  }

  @ParameterizedTest
  @EnumSource
  void resetWithinTheResponse(Client client) throws Exception {
    check(
        client,
        "http://127.0.0.1:" + servers.resetWithinResponse() + "/",
        "connection reset within the response");
  }

  /** Cancels by the client's own method, or by interruption; PgJDBC has no way but a time-out. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PGJDBC")
  void cancelled(Client client) throws Exception {
    var received = new CountDownLatch(1);
    String uri = "http://127.0.0.1:" + servers.silent(received) + "/";
    Thread caller = Thread.currentThread();
    Thread canceller =
        new Thread(() -> {
          try {
            if (received.await(5, TimeUnit.SECONDS)) {
              Runnable own = cancel.get();
              if (own == null) {
                caller.interrupt();
              } else {
                own.run();
              }
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    canceller.start();
    List<Outcome> outcomes = call(client, uri);
    boolean ignored = Thread.interrupted();
    canceller.join();
    Outcome expected = page().expected("cancelled by the client's method", client);
    assertThat(outcomes).as("%s", thrown.get()).containsExactly(expected);
  }
}
