package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.GuardRun;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Reports how a request ended, once, and frees what was kept for it. A request that waited, or that
 * the application answers on its own time, ends far from the filter: the container tells it here.
 */
final class RequestEnd implements AsyncListener {
  private final GuardRun guards;
  private final ServletView view;
  private final HttpServletResponse response;
  private final @Nullable HeadNotifyingResponse notifying;
  private @Nullable GuardedRequest guarded;

  /** Who has the request, and therefore what it means if the container ends it. */
  private enum Holder {
    APPLICATION,
    /** It waits for a verdict: the client is gone. */
    PARKED,
    /** It is being refused, and how that ends is reported afterwards. */
    REFUSAL
  }

  private volatile Holder holder = Holder.APPLICATION;

  RequestEnd(
      GuardRun guards,
      ServletView view,
      HttpServletResponse response,
      @Nullable HeadNotifyingResponse notifying) {
    this.guards = guards;
    this.view = view;
    this.response = response;
    this.notifying = notifying;
  }

  /** The application gets this request, whose parts are to be deleted at the end. */
  void wraps(GuardedRequest guarded) {
    this.guarded = guarded;
  }

  /** The request waits for a verdict. */
  void parked() {
    holder = Holder.PARKED;
  }

  /** The application is asked now. */
  void reaches() {
    holder = Holder.APPLICATION;
  }

  /** The request is refused now. */
  void refuses() {
    holder = Holder.REFUSAL;
  }

  void served() {
    if (notifying != null) {
      notifying.headIsReady();
    }
    end(How.SERVED, response.getStatus());
  }

  void rejected(int status) {
    end(How.REJECTED, status);
  }

  void cancelled() {
    end(How.CANCELLED, 0);
  }

  /** The application failed; where it had not answered, the container will. */
  void failed() {
    int status = response.getStatus();
    end(How.FAILED, response.isCommitted() || status >= 500 ? status : 500);
  }

  private void end(How how, int status) {
    guards.complete(view, new Completion(how, status));
    if (guarded != null) {
      guarded.deleteParts();
    }
  }

  @Override
  public void onComplete(AsyncEvent event) {
    if (holder == Holder.PARKED) {
      cancelled();
    } else if (holder == Holder.APPLICATION && view.hasError()) {
      failed(); // in a dispatch that went past the filter
    } else if (holder == Holder.APPLICATION) {
      served();
    }
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    onError(event);
  }

  @Override
  public void onError(AsyncEvent event) {
    if (holder == Holder.APPLICATION) {
      failed();
    } else if (holder == Holder.PARKED) {
      cancelled();
    }
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    event.getAsyncContext().addListener(this); // a new cycle forgets its listeners
  }
}
