// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a script. It completes exactly once, by a reply or a failure, no later than its
 * deadline. Handlers run on the completing thread and must not block.
 */
abstract class ScriptCall extends TimeoutQueue.Timed {
  final Script script;
  final String key;
  final List<String> args;

  private final AtomicBoolean completed = new AtomicBoolean();
  private @Nullable ScriptExecutor executor;
  private @Nullable Breaker breaker;
  private volatile @Nullable Future<?> command;
  private volatile @Nullable CompletableFuture<Void> loadFuture;

  ScriptCall(Script script, String key, String... args) {
    this.script = script;
    this.key = key;
    this.args = List.of(args);
  }

  abstract void onReply(List<Object> reply);

  abstract void onFailure(StoreFailure failure);

  @Override
  public final boolean isComplete() {
    return completed.get();
  }

  @Override
  final void expire() {
    requireNonNull(executor).finish(this, null, StoreFailure.TIMEOUT);
  }

  /** Sets the executor and the breaker to report to; called before the deadline is watched. */
  final void attach(ScriptExecutor by, Breaker breaker) {
    executor = by;
    this.breaker = breaker;
  }

  /** Returns the breaker to report to. */
  final Breaker breaker() {
    return requireNonNull(breaker);
  }

  /** Sets the future of the sent command. */
  final void sent(Future<?> sent) {
    command = sent;
    if (isComplete()) {
      sent.cancel(false);
    }
  }

  /** Marks this call as the one that carries the script text; other calls wait for the future. */
  final void setLoadFuture(CompletableFuture<Void> gate) {
    loadFuture = gate;
    if (isComplete()) {
      open(gate);
    }
  }

  /** Completes the call. Returns whether this invocation completed it. */
  final boolean end() {
    if (!completed.compareAndSet(false, true)) {
      return false;
    }
    Future<?> pending = command;
    if (pending != null && !pending.isDone()) {
      // A command still in the client's queue is never sent. A sent one may have run.
      pending.cancel(false);
    }
    CompletableFuture<Void> gate = loadFuture;
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
