// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;

/** Bodies that can be sent only once, and connections in the middle of a body. */
class RequestBodyTest {
  private final BodyBudget budget = BodyBudget.of(1 << 20);

  @Test
  void unsentBodyBeyondTheBound_canRestartButIsNotRepeatable() {
    var body = new RequestBody(budget);
    body.keepUnsent(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[60_000])));
    assertThat(body.isRepeatable()).isTrue();
    body.keepUnsent(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[60_000])));
    assertThat(body.canRestart()).isTrue();
    assertThat(body.isRepeatable()).isFalse();
    body.discard();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void connectionInTheMiddleOfABody_isClosedInsteadOfPooled() {
    var codec = new StrictClientCodec();
    var connection = new UpstreamConnection(codec);
    var channel = new EmbeddedChannel(codec, connection);
    var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.PUT, "/");
    head.headers().set("content-length", 10);
    connection.write(head);
    connection.flush();
    connection.release();
    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }
}
