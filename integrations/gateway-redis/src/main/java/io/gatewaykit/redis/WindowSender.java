// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Limit;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Executes the script of a window counter, in order for each key, with at most one call per key in
 * flight. Requests of equal cost that arrive meanwhile are sent together in the next call; each
 * receives the decision that its own call at that instant would have received.
 */
final class WindowSender {
  private static final Script SCRIPT = Script.load(Script.SERVER_CLOCK, "window.lua");
  private static final Script TEST_SCRIPT = Script.load(Script.CALLERS_CLOCK, "window.lua");

  /** The largest number in the arithmetic of the script. */
  static final long RANGE = 1L << 52;

  private final ScriptExecutor executor;
  private final Ticker ticker;
  private final @Nullable Ticker scriptClock;
  private final List<WindowShape> shapes;
  private final InstantSource clock;
  private final CoalescingQueue<Request> queue;

  WindowSender(WindowSettings settings) {
    LimiterSettings common = settings.common();
    executor = common.store().executor;
    queue = new CoalescingQueue<>(common.store().maxInFlight);
    ticker = settings.ticker();
    scriptClock = common.scriptClock();
    shapes = settings.shapes();
    clock = settings.clock();
  }

  /**
   * The script's reply to one request.
   *
   * @param numbers per window: wait, remaining, reset and the mark (two numbers)
   * @param sentAt the ticker reading before the script ran
   */
  record Reply(boolean admitted, List<Object> numbers, long position, long sentAt) {
    long unbooked() {
      return (Long) numbers.get(1);
    }

    /** Returns the mark of a request counted by this call, starting with its generation. */
    long[] mark() {
      var mark = new long[1 + 2 * (numbers.size() / 5)];
      mark[0] = (Long) numbers.get(2);
      for (int i = 1; i < mark.length; i++) {
        mark[i] = number((i - 1) / 2, 3 + (i - 1) % 2);
      }
      return mark;
    }

    long number(int window, int which) {
      return (Long) numbers.get(3 + 5 * window + which);
    }
  }

  /** A request. It completes exactly once, with null if Redis did not reply in time. */
  static final class Request extends TimeoutQueue.Timed implements CoalescingQueue.Item<Request> {
    final CompletableFuture<@Nullable Reply> answer = new CompletableFuture<>();
    private final String mode;
    private final long cost;
    private final Limit[] limits;
    private final long @Nullable [] mark;
    private final AtomicBoolean completed = new AtomicBoolean();
    private @Nullable Consumer<Reply> onRejected;

    Request(String mode, long cost, Limit[] limits, long @Nullable [] mark) {
      this.mode = mode;
      this.cost = Math.max(-RANGE, Math.min(cost, RANGE));
      this.limits = limits;
      this.mark = mark;
    }

    /** Sets the action for a rejection; it runs before the key's next call is sent. */
    void onRejected(Consumer<Reply> action) {
      onRejected = action;
    }

    @Override
    public boolean joins(Request other) {
      return mode.equals("T")
          && other.mode.equals("T")
          && cost == other.cost
          && Arrays.equals(limits, other.limits);
    }

    @Override
    public boolean endsBatch() {
      return false;
    }

    @Override
    public boolean isComplete() {
      return completed.get();
    }

    @Override
    void expire() {
      complete(null);
    }

    private void complete(@Nullable Reply reply) {
      if (completed.compareAndSet(false, true)) {
        answer.complete(reply);
      }
    }
  }

  CompletableFuture<@Nullable Reply> run(String key, Request request) {
    switch (queue.offer(key, request)) {
      case SEND -> send(key, List.of(request));
      case FULL -> request.complete(null);
      case QUEUED -> executor.watch(request); // the call in flight may have a later deadline
    }
    return request.answer;
  }

  /** Sends the requests that were queued during the previous call. */
  private void next(String key) {
    List<Request> batch = queue.next(key);
    if (!batch.isEmpty()) {
      send(key, batch);
    }
  }

  private void send(String key, List<Request> requests) {
    Request one = requests.get(0);
    var arguments = new ArrayList<String>(3 + 5 * shapes.size());
    arguments.add(one.mode);
    arguments.add(Long.toString(one.cost));
    arguments.add(Long.toString(one.mark == null ? requests.size() : one.mark[0]));
    for (int i = 0; i < shapes.size(); i++) {
      // Unlimited windows are counted as well.
      arguments.add(Long.toString(Math.min(one.limits[i].permits(), RANGE)));
      arguments.add(Long.toString(one.limits[i].per().toNanos()));
      shapes.get(i).describe(arguments, clock);
      if (one.mark != null) {
        arguments.add(Long.toString(one.mark[2 * i + 1]));
        arguments.add(Long.toString(one.mark[2 * i + 2]));
      }
    }
    if (scriptClock != null) {
      BucketSender.addTime(arguments, scriptClock.read());
    }
    long sentAt = ticker.read();
    executor.run(
        new ScriptCall(
            scriptClock == null ? SCRIPT : TEST_SCRIPT, key, arguments.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> numbers) {
            long admitted = (Long) numbers.get(0);
            var replies = new Reply[requests.size()];
            for (int i = 0; i < replies.length; i++) {
              long after = Math.max(0, admitted - 1 - i) * one.cost;
              replies[i] = new Reply(i < admitted, numbers, after, sentAt);
            }
            // Before the next call: a rejection cached after a reset would outlive it.
            Request last = requests.get(replies.length - 1);
            if (last.onRejected != null && admitted < replies.length) {
              last.onRejected.accept(replies[replies.length - 1]);
            }
            next(key); // before the callers resume, so that the next call starts without delay
            for (int i = 0; i < replies.length; i++) {
              requests.get(i).complete(replies[i]);
            }
          }

          @Override
          void onFailure(StoreFailure failure) {
            next(key);
            requests.forEach(request -> request.complete(null));
          }
        });
  }
}
