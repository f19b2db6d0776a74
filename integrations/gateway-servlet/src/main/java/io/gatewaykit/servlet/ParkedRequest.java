package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that waits without a thread, and what is left to do before the application gets it. All
 * of that happens here, on the container's threads, and not in the filter once more: the dispatch
 * to the application may go past the filter, if it is not registered for asynchronous dispatches.
 */
final class ParkedRequest {
  private static final Logger log = LoggerFactory.getLogger(GatewayFilter.class);

  private final FilterRun run;
  private final FilterSettings settings;
  private final AsyncContext context;
  private final RequestEnd end;

  ParkedRequest(FilterRun run, FilterSettings settings, AsyncContext context, RequestEnd end) {
    this.run = run;
    this.settings = settings;
    this.context = context;
    this.end = end;
  }

  /** Waits as the verdict on this stage says, then goes on. */
  void await(Verdict verdict, Stage stage) {
    if (verdict instanceof Verdict.Delay delay) {
      settings.schedule(() -> goOn(stage), delay.nanos());
    } else if (verdict instanceof Verdict.Pending pending) {
      var unused = pending.verdict().whenComplete((decided, never) -> await(decided, stage));
    } else if (verdict instanceof Verdict.Reject reject) {
      onContainerThread(() -> refuse(reject.rejection()));
    } else {
      goOn(stage);
    }
  }

  private void goOn(Stage stage) {
    if (stage == Stage.HEAD && run.wantsBody()) {
      onContainerThread(() -> await(run.body(), Stage.BODY));
      return;
    }
    end.reaches();
    try {
      context.dispatch();
    } catch (IllegalStateException e) {
      end.cancelled(); // the container ended the request meanwhile
    }
  }

  private void refuse(Rejection rejection) throws IOException, ServletException {
    run.refuse(rejection);
    context.complete();
  }

  /** What may block, or fail because the client is gone. */
  @FunctionalInterface
  private interface Step {
    void take() throws IOException, ServletException;
  }

  private void onContainerThread(Step step) {
    try {
      context.start(() -> take(step));
    } catch (RuntimeException e) { // ended meanwhile, or no thread to be had
      log.debug("a waiting request cannot go on", e);
      cancel();
    }
  }

  private void take(Step step) {
    try {
      step.take();
    } catch (IOException | ServletException | RuntimeException | LinkageError e) {
      log.debug("a waiting request cannot go on", e);
      cancel();
    }
  }

  private void cancel() {
    end.cancelled();
    try {
      context.complete();
    } catch (IllegalStateException e) {
      log.debug("the container has ended the request", e);
    }
  }
}
