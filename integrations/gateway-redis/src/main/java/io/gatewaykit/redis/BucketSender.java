// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Gcra;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sends operations to Redis, in order for each key.
 *
 * <p>With coalescing, at most one call per key is in flight. Operations that arrive meanwhile are
 * queued and sent together in the next call. Many callers thus share one round trip, and each
 * receives the decision of sequential calls made at the instant the script ran.
 */
final class BucketSender {
  private final ScriptExecutor executor;
  private final Script script;
  private final boolean coalescing;
  private final Ticker ticker;
  private final @Nullable Ticker scriptClock;
  private final Interceptor interceptor;
  private final CoalescingQueue<BucketOperation> queue;

  final LongAdder repaired = new LongAdder();
  final LongAdder clockSteps = new LongAdder();

  /** Intercepts the calls of a key. */
  interface Interceptor {
    /** Adds operations before and after those of the callers. */
    void beforeSend(
        String key,
        Gcra gcra,
        long sentAt,
        List<BucketOperation> before,
        List<BucketOperation> after);

    /** Called with the backlog of a bucket, observed no earlier than {@code sentAt}. */
    void afterReply(String key, Gcra gcra, long sentAt, long backlog);
  }

  BucketSender(
      RedisStore store,
      Script script,
      boolean coalescing,
      Ticker ticker,
      @Nullable Ticker scriptClock,
      Interceptor interceptor) {
    this.executor = store.executor;
    this.queue = new CoalescingQueue<>(store.maxInFlight);
    this.script = script;
    this.coalescing = coalescing;
    this.ticker = ticker;
    this.scriptClock = scriptClock;
    this.interceptor = interceptor;
  }

  void submit(String key, BucketOperation operation) {
    switch (coalescing ? queue.offer(key, operation) : CoalescingQueue.Offer.SEND) {
      case SEND -> send(key, List.of(operation));
      case FULL -> operation.fail(StoreFailure.OVERLOADED);
      case QUEUED -> {
        if (operation instanceof TimeoutQueue.Timed timed) {
          executor.watch(timed); // the call in flight has its own deadline, which may be later
        }
      }
    }
  }

  /** Sends the operations that were queued during the previous call. */
  private void next(String key) {
    List<BucketOperation> batch = coalescing ? queue.next(key) : List.of();
    if (!batch.isEmpty()) {
      send(key, batch);
    }
  }

  private void send(String key, List<BucketOperation> ops) {
    Gcra gcra = ops.get(0).gcra();
    long sentAt = ticker.read();
    var all = new ArrayList<BucketOperation>(ops.size() + 2);
    var after = new ArrayList<BucketOperation>(1);
    if (ops.get(0) instanceof BucketRequest) { // refunds are sent without additional operations
      interceptor.beforeSend(key, gcra, sentAt, all, after);
    }
    all.addAll(ops);
    all.addAll(after);
    var list = new ArrayList<String>(8);
    list.add(BucketReplay.describe(gcra));
    var arguments = new BucketOperation.ScriptArguments(list);
    for (BucketOperation op : all) {
      op.encode(arguments);
    }
    arguments.flush();
    if (scriptClock != null) {
      addTime(list, scriptClock.read());
    }
    executor.run(
        new ScriptCall(script, key, list.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> reply) {
            var bucket = new BucketReplay(gcra, reply);
            for (BucketOperation op : all) {
              op.apply(bucket);
            }
            if (bucket.wasRepaired()) {
              repaired.increment();
            }
            if (bucket.clockHadStepped()) {
              clockSteps.increment();
            }
            interceptor.afterReply(key, gcra, sentAt, bucket.backlog());
            next(key); // before the callers resume, so that the next call starts without delay
            after.forEach(
                BucketOperation::complete); // first: prefetched permits must be available then
            ops.forEach(BucketOperation::complete);
          }

          @Override
          void onFailure(StoreFailure failure) {
            next(key);
            for (BucketOperation op : all) {
              op.fail(failure);
            }
          }
        });
  }

  /** Appends the time for a script with {@link Script#CALLERS_CLOCK}. */
  static void addTime(List<String> arguments, long nanos) {
    arguments.add(Long.toString(1_000_000_000 + Math.floorDiv(nanos, 1_000_000_000L)));
    arguments.add(Long.toString(Math.floorMod(nanos, 1_000_000_000L)));
  }
}
