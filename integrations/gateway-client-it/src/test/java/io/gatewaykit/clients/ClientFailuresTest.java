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

  private void check(Client client, String uri, Outcome expected) {
    assertThat(call(client, uri)).as("%s", thrown.get()).containsExactly(expected);
  }

  /** PgJDBC has no connection before the server's response to its login, and sends no query. */
  private static Outcome connecting(Client client, Outcome others) {
    return client == Client.PGJDBC ? Outcome.CONNECT_FAILURE : others;
  }

  @ParameterizedTest
  @EnumSource
  void refused(Client client) throws Exception {
    check(client, "http://127.0.0.1:" + servers.refused() + "/", Outcome.CONNECT_FAILURE);
  }

  @ParameterizedTest
  @EnumSource
  void unknownName(Client client) {
    check(client, "http://name.invalid:81/", Outcome.CONNECT_FAILURE);
  }

  @ParameterizedTest
  @EnumSource
  void noRoute(Client client) {
    String address = "255.255.255.255";
    assumeTrue(hasNoRoute(address), "a route to " + address);
    check(client, "http://" + address + ":81/", Outcome.CONNECT_FAILURE);
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
    check(client, "http://127.0.0.1:" + servers.full() + "/", Outcome.CONNECT_FAILURE);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PGJDBC")
  void untrustedCertificate(Client client) throws Exception {
    check(client, "https://127.0.0.1:" + servers.untrusted(folder) + "/", Outcome.CONNECT_FAILURE);
  }

  @ParameterizedTest
  @EnumSource
  void readTimeout(Client client) throws Exception {
    int port = servers.silent(new CountDownLatch(1));
    check(client, "http://127.0.0.1:" + port + "/", connecting(client, Outcome.TIMEOUT));
  }

  @ParameterizedTest
  @EnumSource
  void resetBeforeTheResponse(Client client) throws Exception {
    int port = servers.resetBeforeResponse();
    check(client, "http://127.0.0.1:" + port + "/", connecting(client, Outcome.FAILURE));
  }

  @ParameterizedTest
  @EnumSource
  void resetWithinTheResponse(Client client) throws Exception {
    check(client, "http://127.0.0.1:" + servers.resetWithinResponse() + "/", Outcome.FAILURE);
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
    assertThat(outcomes).as("%s", thrown.get()).containsExactly(Outcome.CANCELLED);
  }
}
