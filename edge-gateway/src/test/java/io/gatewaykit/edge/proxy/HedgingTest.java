// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.GroupSnapshot.EndpointView;
import io.gatewaykit.failover.GroupSnapshot.Misuse;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.RetryPolicy.Hedge;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A slow request is sent to a second server in parallel. */
@Timeout(60)
class HedgingTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

  private final ScriptedServer first = ScriptedServer.start();
  private final ScriptedServer second = ScriptedServer.start();
  private FailoverGroup<InetSocketAddress> group;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    Hedge hedge = Hedge.after(Duration.ofMillis(20)).withBudget(1);
    group =
        FailoverGroup.<InetSocketAddress>builder("test")
            .line(Line.of("first", 0, Endpoint.of("first-1", first.address())))
            .line(Line.of("second", 1, Endpoint.of("second-1", second.address())))
            .retry(RetryPolicy.builder().hedge(hedge).budget(1, 10).build())
            .build();
    proxy = Proxies.start(group, List.of(), Duration.ofSeconds(20), null);
    second.answer(ok("second"));
  }

  @AfterEach
  void stop() {
    proxy.close();
    group.close();
    first.close();
    second.close();
    assertThat(group.snapshot().misuse()).isEqualTo(new Misuse(0, 0));
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private RawClient client() throws IOException {
    return new RawClient(proxy.address().getPort());
  }

  private EndpointView endpoint(int line) {
    return group.snapshot().lines().get(line).endpoints().get(0);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void lateServer_isOutrun_andItsConnectionServesAgain() throws IOException {
    var answer = new CountDownLatch(1);
    first.answer(request -> {
      waitFor(answer);
      return ok("first");
    });
    try (RawClient client = client()) {
      client.send(GET);
      assertThat(client.read().body()).isEqualTo("second");
      answer.countDown();
      await().until(() -> endpoint(0).successes() == 1);
      client.send(GET);
      assertThat(client.read().body()).isEqualTo("first");
    }
    assertThat(first.connections()).isEqualTo(1);
    await().until(() -> endpoint(0).inFlight() == 0);
    assertThat(endpoint(0).failures()).isZero();
  }

  @Test
  void hangingServer_isSetAsideLongBeforeItsTimeout() throws IOException {
    first.stayingSilent();
    try (RawClient client = client()) {
      for (int i = 0; i < 3; i++) {
        client.send(GET);
        assertThat(client.read().body()).isEqualTo("second");
      }
      await().atMost(Duration.ofSeconds(5)).until(() -> endpoint(0).ejected());
      int asked = first.requests().size();
      client.send(GET);
      assertThat(client.read().body()).isEqualTo("second");
      assertThat(first.requests()).hasSize(asked);
    }
    assertThat(endpoint(0).failures()).isEqualTo(3);
  }

  @Test
  void failingHedge_leavesTheFirstItsTime() throws IOException {
    var answer = new CountDownLatch(1);
    first.answer(request -> {
      waitFor(answer);
      return ok("first");
    });
    second.answer("HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno");
    try (RawClient client = client()) {
      client.send(GET);
      await().until(() -> endpoint(1).failures() == 1);
      answer.countDown();
      assertThat(client.read().body()).isEqualTo("first");
    }
  }

  @Test
  void failingFirst_leavesTheHedgeItsTime() throws IOException {
    var fail = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    first.answer(request -> {
      waitFor(fail);
      return "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno";
    });
    second.answer(request -> {
      fail.countDown();
      waitFor(answer);
      return ok("second");
    });
    try (RawClient client = client()) {
      client.send(GET);
      await().until(() -> endpoint(0).failures() == 1);
      answer.countDown();
      assertThat(client.read().body()).isEqualTo("second");
    }
  }

  @Test
  void post_isNeverSentTwice() throws IOException {
    var answer = new CountDownLatch(1);
    first.answer(request -> {
      waitFor(answer);
      return ok("first");
    });
    try (RawClient client = client()) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
      await().until(() -> first.requests().size() == 1);
      try (RawClient other = client()) { // on the same loop; served by a hedge, so time has elapsed
        other.send(GET);
        assertThat(other.read().body()).isEqualTo("second");
      }
      answer.countDown();
      assertThat(client.read().body()).isEqualTo("first");
    }
    assertThat(second.requests()).noneMatch(request -> request.startsWith("POST"));
  }

  @Test
  void put_isHedgedWithItsBody() throws IOException {
    first.stayingSilent();
    try (RawClient client = client()) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
      assertThat(client.read().body()).isEqualTo("second");
    }
    assertThat(second.requests().get(0)).endsWith("body");
  }

  @Test
  void clientThatDisconnects_countsAgainstNoEndpoint() throws IOException {
    first.stayingSilent();
    second.stayingSilent();
    try (RawClient client = client()) {
      client.send(GET);
      await().until(() -> endpoint(0).inFlight() == 1 && endpoint(1).inFlight() == 1);
    }
    await().until(() -> endpoint(0).inFlight() == 0 && endpoint(1).inFlight() == 0);
    assertThat(endpoint(0).failures() + endpoint(1).failures()).isZero();
  }

  @Test
  void serverThatAsksToBeLeftAlone_is() throws IOException {
    first.answer("HTTP/1.1 503 Busy\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n");
    try (RawClient client = client()) {
      for (int i = 0; i < 3; i++) {
        client.send(GET);
        assertThat(client.read().body()).isEqualTo("second");
      }
    }
    assertThat(first.requests()).hasSize(1);
    assertThat(endpoint(0).failures()).isZero();
  }
}
