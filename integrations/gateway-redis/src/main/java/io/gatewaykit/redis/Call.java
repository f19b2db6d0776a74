package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.RedisFuture;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One run of a script. It ends once, by a reply or a failure, and in time. Handlers run on
 * whichever thread ended it, and must not block.
 */
abstract class Call extends Deadlines.Timed {
  final Script script;
  final String[] keys;
  final String[] args;

  private final AtomicBoolean over = new AtomicBoolean();
  private @Nullable Runner runner;
  private @Nullable Breaker breaker;
  private volatile @Nullable RedisFuture<?> command;
  private volatile @Nullable CompletableFuture<Void> carried;

  Call(Script script, String key, String... args) {
    this.script = script;
    this.keys = new String[] {key};
    this.args = args;
  }

  abstract void onReply(List<Object> reply);

  abstract void onFailure(StoreFailure failure);

  @Override
  final boolean isOver() {
    return over.get();
  }

  @Override
  final void expire() {
    requireNonNull(runner).finish(this, null, StoreFailure.TIMEOUT);
  }

  /** Says who runs it, and who learns how it ends; before its deadline is watched. */
  final void runBy(Runner by, Breaker told) {
    runner = by;
    breaker = told;
  }

  /** Returns who learns how it ends. */
  final Breaker breaker() {
    return requireNonNull(breaker);
  }

  /** Says what was sent for it. */
  final void sent(RedisFuture<?> sent) {
    command = sent;
    if (isOver()) {
      sent.cancel(false);
    }
  }

  /** Says that it carries the script's text, and others wait for that. */
  final void carries(CompletableFuture<Void> gate) {
    carried = gate;
    if (isOver()) {
      open(gate);
    }
  }

  /** Ends the call. Returns whether this was the one that did. */
  final boolean end() {
    if (!over.compareAndSet(false, true)) {
      return false;
    }
    RedisFuture<?> pending = command;
    if (pending != null && !pending.isDone()) {
      // If it still waits to be sent, it never will be. If it was sent, it may have run.
      pending.cancel(false);
    }
    CompletableFuture<Void> gate = carried;
    if (gate != null) {
      open(gate);
    }
    return true;
  }

  private void open(CompletableFuture<Void> gate) {
    script.loading.compareAndSet(gate, null);
    gate.complete(null);
  }
}
