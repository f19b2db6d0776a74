// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.GuardSession;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Reports the completion of a request once, and releases its resources. A request that was parked,
 * or that the application completes asynchronously, ends outside the filter, and the container
 * notifies this listener.
 */
final class RequestEnd implements AsyncListener {
  private final GuardSession guards;
  private final ServletView view;
  private final HttpServletResponse response;
  private final @Nullable GuardedResponse guardedResponse;
  private @Nullable GuardedRequest guarded;

  /**
   * The current owner of the request, which determines how a completion by the container is
   * reported.
   */
  private enum Holder {
    APPLICATION,
    /** The request waits for a verdict. Its client has disconnected. */
    PARKED,
    /** The request is being rejected, and the completion is reported afterwards. */
    REJECTION
  }

  private volatile Holder holder = Holder.APPLICATION;
  private volatile boolean failed;
  private volatile boolean timedOut;

  RequestEnd(
      GuardSession guards,
      ServletView view,
      HttpServletResponse response,
      @Nullable GuardedResponse guardedResponse) {
    this.guards = guards;
    this.view = view;
    this.response = response;
    this.guardedResponse = guardedResponse;
  }

  /** Sets the request whose memory and files are released at the end. */
  void setGuarded(GuardedRequest guarded) {
    this.guarded = guarded;
  }

  /** Called when the request waits for a verdict. */
  void markParked() {
    holder = Holder.PARKED;
  }

  /** Called before the application receives the request. */
  void markInApplication() {
    holder = Holder.APPLICATION;
  }

  /** Called before the request is rejected. */
  void markRejecting() {
    holder = Holder.REJECTION;
  }

  /**
   * Called when the application has failed in asynchronous processing. It may still respond, for
   * example in a dispatch by one of its listeners, so the request ends with its completion.
   */
  void markFailed() {
    failed = true;
  }

  void onServed() {
    if (guardedResponse != null) {
      guardedResponse.headIsReady();
    }
    end(Kind.SERVED, response.getStatus());
  }

  void onRejected(int status) {
    end(Kind.REJECTED, status);
  }

  void onCancelled() {
    end(Kind.CANCELLED, 0);
  }

  /** Called when the application has failed. If it has not sent a response, the container will. */
  void onFailed() {
    int status = response.getStatus();
    end(Kind.FAILED, response.isCommitted() || status >= 500 ? status : 500);
  }

  private void end(Kind kind, int status) {
    guards.complete(view, new Completion(kind, status));
    if (guarded != null) {
      guarded.free();
    }
  }

  @Override
  public void onComplete(AsyncEvent event) {
    if (holder == Holder.PARKED) {
      onCancelled();
    } else if (holder == Holder.APPLICATION && hasFailed()) {
      onFailed();
    } else if (holder == Holder.APPLICATION) {
      onServed();
    }
  }

  private boolean hasFailed() {
    return failed
        || timedOut && response.getStatus() >= 500 // otherwise the application has responded
        || view.hasError(); // in a dispatch that bypassed the filter
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    if (holder == Holder.PARKED) {
      onCancelled();
    } else {
      timedOut = true;
    }
  }

  @Override
  public void onError(AsyncEvent event) {
    if (holder == Holder.PARKED) {
      onCancelled();
    } else {
      markFailed();
    }
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    event.getAsyncContext().addListener(this); // a new cycle starts without listeners
  }
}
