// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.netty;

import io.gatewaykit.api.guard.Verdict;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a delayed or pending verdict on the event loop, without blocking a thread. A timeout
 * applies to pending verdicts, because a guard that does not complete one would hold its connection
 * indefinitely.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the stage only completes normally
final class VerdictWait {
  /** The default timeout of a pending verdict, as in the servlet adapter. */
  static final Duration MAX_PENDING = Duration.ofSeconds(30);

  private final ChannelHandlerContext ctx;
  private final long maxPendingNanos;
  private @Nullable Future<?> timer;

  /** The number of the current wait. Results of earlier waits are ignored. */
  private long current;

  VerdictWait(ChannelHandlerContext ctx, Duration maxPending) {
    this.ctx = ctx;
    this.maxPendingNanos = maxPending.toNanos();
  }

  /**
   * Calls the action with the verdict to act on: allow after a delay, or the result of a pending
   * verdict, which is null if the stage failed. Not called after {@link #cancel}.
   *
   * @param verdict a delay or a pending verdict
   * @param timedOut called instead if the pending verdict times out
   */
  void await(Verdict verdict, Consumer<? super @Nullable Verdict> action, Runnable timedOut) {
    long wait = ++current;
    if (verdict instanceof Verdict.Delay delay) {
      schedule(wait, () -> action.accept(Verdict.allow()), delay.nanos());
    } else if (verdict instanceof Verdict.Pending pending) {
      schedule(wait, timedOut, maxPendingNanos);
      pending
          .verdict()
          .whenComplete((known, failure) ->
              ctx.executor().execute(() -> end(wait, () -> action.accept(known))));
    }
  }

  private void schedule(long wait, Runnable task, long nanos) {
    timer = ctx.executor().schedule(() -> end(wait, task), nanos, TimeUnit.NANOSECONDS);
  }

  private void end(long wait, Runnable task) {
    if (wait == current) {
      cancel();
      task.run();
    }
  }

  /** Cancels the wait. Its timer and a later verdict have no effect. */
  void cancel() {
    current++;
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
