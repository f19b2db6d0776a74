// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyBudget;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The memory of held messages and bodies. */
class HeldMemoryTest {
  private final BodyBudget budget = BodyBudget.of(1 << 20);

  @Test
  void chunkIsReleased_thoughTheBufferCannotGrow() {
    var allocator =
        (ByteBufAllocator)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ByteBufAllocator.class},
                (proxy, method, arguments) ->
                    Unpooled.buffer((int) arguments[0], (int) arguments[0]));
    var body = new HeldBody(new Holding(), budget, allocator);
    body.add(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[200])));
    var chunk = new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[200]));
    assertThatThrownBy(() -> body.add(chunk)).isInstanceOf(IllegalArgumentException.class);
    assertThat(chunk.refCnt()).isZero();
    body.release();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void targetOfAHeldRequest_isReserved() {
    var messages = new HeldMessages(budget);
    String target = "/" + "a".repeat(8000);
    assertThat(messages.add(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target)))
        .isTrue();
    assertThat(budget.usedBytes()).isGreaterThan(8000);
    messages.release();
    assertThat(budget.usedBytes()).isZero();
  }

  private static final class Holding implements BodyInspector {
    @Override
    public int holdBytes() {
      return 1 << 16;
    }

    @Override
    public @Nullable Rejection onBytes(ByteBuffer bytes) {
      return null;
    }

    @Override
    public Verdict onHeld(boolean complete) {
      return Verdict.allow();
    }
  }
}
