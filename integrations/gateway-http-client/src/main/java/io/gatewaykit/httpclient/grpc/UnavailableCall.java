// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A call that fails because the group has no available endpoint. */
final class UnavailableCall<Q, R> extends ClientCall<Q, R> {
  private final CallOptions options;

  UnavailableCall(CallOptions options) {
    this.options = options;
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    onExecutor(
        options,
        () ->
            listener.onClose(
                Status.UNAVAILABLE.withDescription("no available endpoint"), new Metadata()));
  }

  /** Runs a callback on the executor of the call, for which a blocking stub waits. */
  static void onExecutor(CallOptions options, Runnable callback) {
    Executor executor = options.getExecutor();
    if (executor == null) {
      callback.run();
    } else {
      executor.execute(callback);
    }
  }

  @Override
  public void request(int count) {}

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {}

  @Override
  public void halfClose() {}

  @Override
  public void sendMessage(Q message) {}
}
