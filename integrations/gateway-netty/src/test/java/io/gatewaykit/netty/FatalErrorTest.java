// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Errors that no failure mode covers close the connection instead of leaving it open. */
@ExtendWith(LeakGate.class)
class FatalErrorTest {
  private final Failing guard = new Failing();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new HttpServerCodec(), GatewayHandler.of(GuardChain.of(guard)), new EchoApp());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void errorAtAHead_closes() {
    assertFails("GET /error HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  @Test
  void errorAtAPipelinedHead_closes() {
    assertFails(
        "GET /slow HTTP/1.1\r\nHost: h\r\n\r\nPOST /error HTTP/1.1\r\nHost: h\r\n"
            + "Content-Length: 2\r\n\r\nhi");
    assertThat(guard.completions).containsExactly(Kind.SERVED);
  }

  @Test
  void errorAtAResponse_closes() {
    assertFails("GET /response HTTP/1.1\r\nHost: h\r\n\r\n");
    assertThat(guard.completions).containsExactly(Kind.FAILED);
  }

  private void assertFails(String request) {
    channel.freezeTime();
    assertThatThrownBy(
            () -> {
              channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
              channel.advanceTimeBy(1, TimeUnit.SECONDS);
              channel.runPendingTasks();
              channel.checkException();
            })
        .isInstanceOf(AssertionError.class)
        .hasMessage("thrown by the guard");
    assertThat(channel.isOpen()).isFalse();
  }

  private static final class Failing implements Guard {
    final List<Kind> completions = new ArrayList<>();

    @Override
    public String name() {
      return "failing";
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.HEAD, Stage.RESPONSE, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      if (request.path().equals("/error")) {
        throw new AssertionError("thrown by the guard");
      }
      return request.path().equals("/slow")
          ? Verdict.delay(Duration.ofMillis(10))
          : Verdict.allow();
    }

    @Override
    public void onResponse(GatewayRequest request, ResponseHead response) {
      if (request.path().equals("/response")) {
        throw new AssertionError("thrown by the guard");
      }
    }

    @Override
    public void onComplete(GatewayRequest request, Completion completion) {
      completions.add(completion.kind());
    }
  }
}
