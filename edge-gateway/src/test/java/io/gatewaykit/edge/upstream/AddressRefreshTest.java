// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.edge.admin.GatewayStatus;
import io.gatewaykit.edge.admin.SwitchLog;
import io.gatewaykit.edge.config.ConfigReader;
import io.gatewaykit.failover.SelectContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Host names of endpoints whose addresses change. */
class AddressRefreshTest {
  private static final InetAddress ONE = address(1);
  private static final InetAddress TWO = address(2);

  private InetAddress[] resolved = {ONE};
  private boolean unknown;
  private ServerSocket one;
  private ServerSocket two;
  private LiveLines lines;

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws Exception {
    one = new ServerSocket(0, 8, ONE);
    two = new ServerSocket(one.getLocalPort(), 8, TWO);
    lines =
        new LiveLines(
            ConfigReader.read(
                "edge.yaml",
                """
                checks: {type: tcp, interval: 1s, timeout: 1s, rise: 1}
                lines:
                  - name: line
                    endpoints: [{address: "localhost:%1$d"}, {address: "127.0.0.2:%1$d"}]
                """
                    .formatted(one.getLocalPort())),
            new SwitchLog(() -> 0),
            host -> {
              assertThat(host).isEqualTo("localhost");
              if (unknown) {
                throw new UnknownHostException(host);
              }
              return resolved;
            });
    lines.startProbing();
  }

  @AfterEach
  void stop() throws Exception {
    lines.close();
    one.close();
    two.close();
  }

  private InetSocketAddress addressOf(String id) {
    for (int i = 0; i < 100; i++) {
      try (var lease = lines.group().select(new SelectContext())) {
        if (lease != null && lease.endpoint().id().equals(id)) {
          return lease.payload();
        }
      }
    }
    throw new IllegalStateException(id + ": never selected");
  }

  private GatewayStatus.Endpoint status(int index) {
    return lines.status(0, false).lines().get(0).endpoints().get(index);
  }

  private String name() {
    return "localhost:" + one.getLocalPort();
  }

  @Test
  void nameThatResolvesElsewhere_movesItsEndpoint_andOthersKeepTheirHealth() {
    Awaitility.await().until(() -> status(0).state().equals("healthy"));
    Awaitility.await().until(() -> status(1).state().equals("healthy"));
    assertThat(addressOf(name()).getAddress()).isEqualTo(ONE);
    resolved = new InetAddress[] {TWO};
    lines.refreshAddresses();
    assertThat(addressOf(name()).getAddress()).isEqualTo(TWO);
    assertThat(status(1).state()).isEqualTo("healthy");
    Awaitility.await().until(() -> status(0).state().equals("healthy"));
  }

  @Test
  void nameThatStillResolvesToItsAddress_staysThere() {
    resolved = new InetAddress[] {TWO, ONE};
    lines.refreshAddresses();
    assertThat(addressOf(name()).getAddress()).isEqualTo(ONE);
  }

  @Test
  void nameThatResolvesNoLonger_keepsItsAddress() {
    unknown = true;
    lines.refreshAddresses();
    assertThat(addressOf(name()).getAddress()).isEqualTo(ONE);
  }
}
