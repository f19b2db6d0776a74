// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that waits without a thread, and the remaining steps before its dispatch to the
 * application. These run here, on container threads, and not in the filter, because the dispatch
 * bypasses a filter that is not registered for asynchronous dispatches. The request holds a slot
 * from its creation until it is dispatched, rejected or cancelled. Each step happens-before the
 * next one.
 */
final class ParkedRequest {
  private static final Logger log = LoggerFactory.getLogger(ParkedRequest.class);

  private final FilterRun run;
  private final FilterSettings settings;
  private final AsyncContext context;
  private final RequestEnd end;
  private boolean released;

  ParkedRequest(FilterRun run, FilterSettings settings, AsyncContext context, RequestEnd end) {
    this.run = run;
    this.settings = settings;
    this.context = context;
    this.end = end;
  }

  /** Waits as the verdict of the stage specifies, then continues. */
  void await(Verdict verdict, Stage stage) {
    if (verdict instanceof Verdict.Delay delay) {
      settings.schedule(() -> resume(stage), delay.nanos());
    } else if (verdict instanceof Verdict.Pending pending) {
      var unused =
          pending
              .verdict()
              .toCompletableFuture()
              .copy() // a copy, so that the timeout does not complete the guard's own future
              .orTimeout(ThreadWait.MAX_PENDING_MILLIS, TimeUnit.MILLISECONDS)
              .whenComplete((decided, late) -> settled(decided, stage));
    } else if (verdict instanceof Verdict.Reject reject) {
      onContainerThread(() -> reject(() -> run.reject(reject.rejection())));
    } else {
      resume(stage);
    }
  }

  private void settled(@Nullable Verdict decided, Stage stage) {
    if (decided == null) {
      onContainerThread(() -> reject(run::rejectWait));
    } else {
      await(decided, stage);
    }
  }

  private void resume(Stage stage) {
    try {
      bodyOrDispatch(stage);
    } catch (Throwable e) { // would be lost otherwise, together with the slot and the request
      log.debug("gateway filter: failed to resume a waiting request", e);
      cancel();
    }
  }

  private void bodyOrDispatch(Stage stage) {
    if (stage == Stage.HEAD && run.wantsBody()) {
      onContainerThread(() -> await(run.body(), Stage.BODY));
      return;
    }
    release();
    end.markInApplication();
    try {
      context.dispatch();
    } catch (IllegalStateException e) {
      end.onCancelled(); // the container has ended the request
    }
  }

  private void reject(Step response) throws IOException, ServletException {
    release();
    response.run();
    context.complete();
  }

  private void release() {
    if (!released) {
      released = true;
      settings.slots().release(false);
    }
  }

  /** A step that may block, or fail because the client has disconnected. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException, ServletException;
  }

  private void onContainerThread(Step step) {
    try {
      context.start(() -> execute(step));
    } catch (RuntimeException e) { // already ended, or no thread is available
      log.debug("gateway filter: failed to resume a waiting request", e);
      cancel();
    }
  }

  private void execute(Step step) {
    try {
      step.run();
    } catch (IOException | ServletException | RuntimeException | LinkageError e) {
      log.debug("gateway filter: failed to resume a waiting request", e);
      cancel();
    }
  }

  private void cancel() {
    release();
    end.onCancelled();
    try {
      context.complete();
    } catch (IllegalStateException e) {
      log.debug("gateway filter: waiting request already completed by the container", e);
    }
  }
}
