// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatewaykit.failover.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The bodies of requests and responses. */
public abstract class BodyContract extends LimitContract {
  /** Creates the suite of one adapter. */
  protected BodyContract() {}

  /** Reads three bytes, each by a call: {@code readNBytes} of some streams waits for a fourth. */
  private static String readThree(InputStream body) throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      text.append((char) body.read());
    }
    return text.toString();
  }

  @Test
  void streamedBody_endsTheLeaseAtItsEnd() throws Exception {
    a.will(TestServer.slowBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      assertThat(inFlight()).isEqualTo(1);
      assertThat(outcomes).isEmpty();
      a.release();
      assertThat(reply.body().readAllBytes()).isEqualTo(bytes("def"));
      assertOutcomes("a-1 SUCCESS");
    }
    assertOutcomes("a-1 SUCCESS");
  }

  @Test
  void streamedBody_closedEarly_endsTheLeaseWithoutBlame() throws Exception {
    a.will(TestServer.endlessBody(200));
    try (Sender sender = sender(failover().build())) {
      try (Reply reply = sender.send(get("/"))) {
        assertThat(readThree(reply.body())).hasSize(3);
      }
      assertThat(a.wasAbandoned()).isTrue();
      assertOutcomes(closesByCancelling() ? "a-1 CANCELLED" : "a-1 SUCCESS");
    }
  }

  /** Returns whether the client must cancel a request to close a body without reading it. */
  protected boolean closesByCancelling() {
    return false;
  }

  @Test
  void streamedBody_cancelled_failsWithoutBlame() throws Exception {
    assumeTrue(cancelsBodies(), UNSUPPORTED);
    a.will(TestServer.slowBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      sender.cancelAll();
      assertThat(catchThrowable(() -> reply.body().readAllBytes())).isInstanceOf(IOException.class);
      assertOutcomes("a-1 CANCELLED");
    }
  }

  /** Returns whether {@link Sender#cancelAll} aborts a body that is being read. */
  protected boolean cancelsBodies() {
    return false;
  }

  @Test
  void streamedBody_truncated_countsAsFailure() throws Exception {
    a.will(TestServer.resetWithinBody());
    try (Sender sender = sender(failover().build());
        Reply reply = sender.send(get("/"))) {
      assertThat(readThree(reply.body())).isEqualTo("abc");
      a.release();
      Throwable failure = catchThrowable(() -> reply.body().readAllBytes());
      assertThat(contains(failure, IOException.class)).as("%s", failure).isTrue();
    }
    assertOutcomes("a-1 FAILURE");
  }

  @Test
  void target_isBelowTheEndpoint() throws Exception {
    var failover = failover(RetryPolicy.defaults(), URI.create(a.uri() + "/base/"), b.uri());
    assertThat(send(failover, get("/x%2Fy/%C3%A9?q=a%26b"))).isEqualTo("200 ok");
    assertThat(a.received().get(0).target()).isEqualTo("/base/x%2Fy/%C3%A9?q=a%26b");
    assertThat(a.received().get(0).headers().get("Host")).isEqualTo(a.uri().getRawAuthority());
  }

  @Test
  void preserveHost_sendsTheHostOfTheRequest() throws Exception {
    assumeTrue(preservesHost(), UNSUPPORTED);
    assertThat(send(failover().preserveHost(), get("/"))).isEqualTo("200 ok");
    assertThat(a.received().get(0).headers().get("Host")).isEqualTo("shop.example");
  }

  /** Returns whether a body above the limit for buffering can be sent again. */
  protected boolean repeatsLargeBodies() {
    return true;
  }

  @Test
  void largeBody_repeatable_isSentAgainCompletely() throws Exception {
    assumeTrue(repeatsLargeBodies(), UNSUPPORTED);
    a.will(TestServer.respond(500, "defect"));
    byte[] body = new byte[1 << 20];
    Arrays.fill(body, (byte) 'x');
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, true);
    assertThat(send(failover(), message)).isEqualTo("200 b");
    assertThat(a.received().get(0).body()).isEqualTo(body);
    assertThat(b.received().get(0).body()).isEqualTo(body);
  }

  @Test
  void bodyOfAStream_isSentOnce() throws Exception {
    assumeTrue(sendsOnce(), UNSUPPORTED);
    a.will(TestServer.respond(500, "defect"));
    byte[] body = new byte[100_000];
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, false);
    assertThat(send(failover(), message)).isEqualTo("500 defect");
    assertThat(a.received().get(0).body()).isEqualTo(body);
    assertThat(b.received()).isEmpty();
  }

  @Test
  void bodyOfAStream_small_isSentAgain() throws Exception {
    assumeTrue(sendsOnce() && buffersStreams(), UNSUPPORTED);
    a.will(TestServer.respond(500, "defect"));
    var message = new Message("PUT", "http://shop.example/", Map.of(), bytes("order"), false);
    assertThat(send(failover(), message)).isEqualTo("200 b");
    assertThat(a.received().get(0).body()).isEqualTo(bytes("order"));
    assertThat(b.received().get(0).body()).isEqualTo(bytes("order"));
  }

  /** Returns whether the length of a stream is known, or it can be buffered while it is sent. */
  protected boolean buffersStreams() {
    return true;
  }

  @Test
  void bodyOfAStream_refused_goesToTheNext() throws Exception {
    assumeTrue(sendsOnce(), UNSUPPORTED);
    byte[] body = new byte[100_000];
    var message = new Message("PUT", "http://shop.example/", Map.of(), body, false);
    var failover = failover(RetryPolicy.defaults(), refused(), b.uri());
    assertThat(send(failover, message)).isEqualTo("200 b");
    assertThat(b.received().get(0).body()).isEqualTo(body);
  }
}
