// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The racer on real loopback sockets. */
class ConnectRacerSocketsTest {
  private final List<AutoCloseable> toClose = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : toClose) {
      resource.close();
    }
  }

  private static InetAddress address(String literal) throws IOException {
    return InetAddress.getAllByName(literal)[0];
  }

  private ServerSocket listen(String address, int backlog) throws IOException {
    var server = new ServerSocket(0, backlog, address(address));
    toClose.add(server);
    return server;
  }

  private static InetSocketAddress of(ServerSocket server) {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  private InetSocketAddress refusing() throws IOException {
    try (var server = new ServerSocket(0, 1, address("127.0.0.1"))) {
      return of(server); // refuses connections once the listener is closed
    }
  }

  /** Returns an address whose backlog is full, so that the kernel drops connection requests. */
  private InetSocketAddress silent() throws IOException {
    ServerSocket server = listen("127.0.0.1", 1);
    boolean full = false;
    for (int i = 0; i < 50 && !full; i++) {
      SocketChannel filler = SocketChannel.open();
      toClose.add(filler);
      try {
        filler.socket().connect(of(server), 300);
      } catch (IOException e) {
        full = true;
      }
    }
    assumeTrue(full, "this kernel accepts beyond the backlog: no silent address to be had");
    return of(server);
  }

  private AsynchronousSocketChannel race(InetSocketAddress... addresses) throws Exception {
    try (ConnectRacer<AsynchronousSocketChannel> racer = ConnectRacer.sockets().build()) {
      AsynchronousSocketChannel won = racer.connect(List.of(addresses)).get(30, TimeUnit.SECONDS);
      toClose.add(won);
      return won;
    }
  }

  @Test
  void refusedThenLive_connects() throws Exception {
    InetSocketAddress live = of(listen("127.0.0.1", 10));

    assertThat(race(refusing(), refusing(), live).getRemoteAddress()).isEqualTo(live);
  }

  @Test
  void silentThenLive_connects() throws Exception {
    InetSocketAddress live = of(listen("127.0.0.1", 10));

    assertThat(race(silent(), live).getRemoteAddress()).isEqualTo(live);
  }

  @Test
  void ipv6AndIpv4_reachableFamilyWins() throws Exception {
    ServerSocket six;
    try {
      six = listen("::1", 10);
    } catch (IOException e) {
      assumeTrue(false, "no IPv6 loopback here: " + e.getMessage());
      return;
    }
    assertThat(race(of(six), refusing()).getRemoteAddress()).isEqualTo(of(six));
    int port = of(six).getPort();
    six.close();
    ServerSocket four = listen("127.0.0.1", 10);
    var dead = new InetSocketAddress(address("::1"), port);

    assertThat(race(dead, of(four)).getRemoteAddress()).isEqualTo(of(four));
  }

  @Test
  void onlySilent_timesOutOnce() throws Exception {
    try (ConnectRacer<AsynchronousSocketChannel> racer =
        ConnectRacer.sockets().timeout(Duration.ofMillis(300)).build()) {
      var result = racer.connect(List.of(silent(), silent()));

      assertThatThrownBy(() -> result.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(java.net.SocketTimeoutException.class);
    }
  }
}
