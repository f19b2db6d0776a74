// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import org.jspecify.annotations.Nullable;

/** The first attempt of a request that waits for an endpoint. */
final class QueuedAttempt<T> extends QueuedRequest<Lease<T>> {
  private final Attempts<T> attempts;
  private final Runnable continuation;

  QueuedAttempt(Attempts<T> attempts, Runnable continuation) {
    this.attempts = attempts;
    this.continuation = continuation;
  }

  @Override
  boolean isUnrestricted() {
    return attempts.isUnrestricted();
  }

  @Override
  @Nullable Lease<T> select() {
    return attempts.tryNext();
  }

  @Override
  boolean isOver(long now) {
    return attempts.isOver(now);
  }

  @Override
  void release(Lease<T> lease) {
    lease.release();
  }

  @Override
  void resume() {
    continuation.run();
  }
}
