// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.apache;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.jspecify.annotations.Nullable;

/** Cancels the current step of one attempt: the wait for a connection, or its use. Thread-safe. */
final class AttemptDependency implements CancellableDependency {
  private final AtomicReference<@Nullable Cancellable> step = new AtomicReference<>();
  private volatile boolean cancelled;

  @Override
  public void setDependency(Cancellable dependency) {
    step.set(dependency);
    if (cancelled) {
      dependency.cancel(); // was cancelled before
    }
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public boolean cancel() {
    cancelled = true;
    Cancellable current = step.get();
    return current != null && current.cancel();
  }
}
