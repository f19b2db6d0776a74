// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures the rate at which a held text message arrives, because control frames keep its
 * connection from being idle. Each window must reach the minimum rate of a request body; see {@link
 * RequestProgress}. A window in which the client is not read does not count. Used on one event loop
 * only.
 */
final class HoldWatch {
  private static final long MIN_WINDOW_BYTES =
      TimeUnit.NANOSECONDS.toSeconds(RequestProgress.WINDOW_NANOS)
          * RequestProgress.MIN_BYTES_PER_SECOND;

  private @Nullable Future<?> timer;
  private long windowBytes;

  /** Records bytes of a payload. */
  void received(int bytes) {
    windowBytes += bytes;
  }

  /** Starts the first window, unless one has started. */
  void start(ChannelHandlerContext ctx, Runnable tooSlow) {
    if (timer == null) {
      timer =
          ctx.executor()
              .scheduleWithFixedDelay(
                  () -> endWindow(ctx, tooSlow),
                  RequestProgress.WINDOW_NANOS,
                  RequestProgress.WINDOW_NANOS,
                  TimeUnit.NANOSECONDS);
    }
  }

  private void endWindow(ChannelHandlerContext ctx, Runnable tooSlow) {
    boolean slow = windowBytes < MIN_WINDOW_BYTES && ctx.channel().config().isAutoRead();
    windowBytes = 0;
    if (slow) {
      stop();
      tooSlow.run();
    }
  }

  void stop() {
    windowBytes = 0;
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
