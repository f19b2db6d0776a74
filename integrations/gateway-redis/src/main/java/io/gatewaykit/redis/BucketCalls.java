package io.gatewaykit.redis;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.ratelimit.Gcra;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Brings operations to Redis, in the order of each key.
 *
 * <p>With coalescing, a key has one call under way at most. What comes meanwhile waits, and goes
 * with the next one: many callers cost one round trip, and each gets the answer it would have got
 * had they come one after the other at the instant the script ran.
 */
final class BucketCalls {
  private static final int MOST_AT_ONCE = 1024;

  private final Runner runner;
  private final Script script;
  private final boolean coalescing;
  private final int mostWaiting;
  private final Ticker ticker;
  private final @Nullable Ticker scriptClock;
  private final Companion companion;
  private final AtomicInteger waiting = new AtomicInteger();

  /** What waits by key. A key is there while a call for it is under way; guarded by the map. */
  private final ConcurrentHashMap<String, Queue<BucketOp>> underWay = new ConcurrentHashMap<>();

  final LongAdder repaired = new LongAdder();
  final LongAdder clockSteps = new LongAdder();

  /** What goes along with the calls of a key, and learns of them. */
  interface Companion {
    /** Adds operations of its own: before and after those of callers. */
    void join(String key, Gcra plan, long sentAt, List<BucketOp> before, List<BucketOp> after);

    /** Learns what a bucket's backlog is, at a time not before the call was sent. */
    void learn(String key, Gcra plan, long sentAt, long backlog);
  }

  BucketCalls(
      RedisStore store,
      Script script,
      boolean coalescing,
      Ticker ticker,
      @Nullable Ticker scriptClock,
      Companion companion) {
    this.runner = store.runner;
    this.mostWaiting = store.maxInFlight;
    this.script = script;
    this.coalescing = coalescing;
    this.ticker = ticker;
    this.scriptClock = scriptClock;
    this.companion = companion;
  }

  void submit(String key, BucketOp op) {
    if (!coalescing) {
      send(key, List.of(op));
      return;
    }
    boolean[] first = new boolean[1];
    boolean[] full = new boolean[1];
    underWay.compute(
        key,
        (k, queue) -> {
          if (queue == null) {
            first[0] = true;
            return new ArrayDeque<>(2);
          }
          full[0] = waiting.get() >= mostWaiting;
          if (!full[0]) {
            waiting.incrementAndGet();
            queue.add(op);
          }
          return queue;
        });
    if (first[0]) {
      send(key, List.of(op));
    } else if (full[0]) {
      op.fail(StoreFailure.OVERLOADED);
    } else if (op instanceof Deadlines.Timed timed) {
      runner.watch(timed); // the call before it has a deadline of its own, which may be later
    }
  }

  /** Goes on with what came while a call was under way. */
  private void next(String key) {
    if (!coalescing) {
      return;
    }
    var batch = new ArrayList<BucketOp>();
    underWay.computeIfPresent(
        key,
        (k, queue) -> {
          while (!queue.isEmpty() && batch.size() < MOST_AT_ONCE) {
            BucketOp op = queue.element();
            if (!batch.isEmpty() && op.plan() != batch.get(0).plan()) {
              break; // the limit was changed in between
            }
            queue.remove();
            waiting.decrementAndGet();
            if (!op.isOver()) {
              batch.add(op);
            }
          }
          return batch.isEmpty() ? null : queue;
        });
    if (!batch.isEmpty()) {
      send(key, batch);
    }
  }

  private void send(String key, List<BucketOp> ops) {
    Gcra plan = ops.get(0).plan();
    long sentAt = ticker.read();
    var all = new ArrayList<BucketOp>(ops.size() + 2);
    var after = new ArrayList<BucketOp>(1);
    if (ops.get(0) instanceof Ask) { // what is given back needs no company
      companion.join(key, plan, sentAt, all, after);
    }
    all.addAll(ops);
    all.addAll(after);
    var list = new ArrayList<String>(8);
    list.add(BucketReplay.describe(plan));
    var arguments = new BucketOp.Arguments(list);
    for (BucketOp op : all) {
      op.tell(arguments);
    }
    arguments.flush();
    if (scriptClock != null) {
      addTime(list, scriptClock.read());
    }
    runner.run(
        new Call(script, key, list.toArray(String[]::new)) {
          @Override
          void onReply(List<Object> reply) {
            var bucket = new BucketReplay(plan, reply);
            for (BucketOp op : all) {
              op.replay(bucket);
            }
            if (bucket.wasRepaired()) {
              repaired.increment();
            }
            if (bucket.clockHadStepped()) {
              clockSteps.increment();
            }
            companion.learn(key, plan, sentAt, bucket.backlog());
            next(key); // before the callers go on: Redis need not wait for them
            after.forEach(BucketOp::deliver); // what was taken ahead is there when callers go on
            ops.forEach(BucketOp::deliver);
          }

          @Override
          void onFailure(StoreFailure failure) {
            next(key);
            for (BucketOp op : all) {
              op.fail(failure);
            }
          }
        });
  }

  /** Tells a script with {@link Script#CALLERS_CLOCK} the time. */
  static void addTime(List<String> arguments, long nanos) {
    arguments.add(Long.toString(1_000_000_000 + Math.floorDiv(nanos, 1_000_000_000L)));
    arguments.add(Long.toString(Math.floorMod(nanos, 1_000_000_000L)));
  }
}
