// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processing of one request, from the guards to the application. A parked request continues in
 * {@link ParkedRequest}. Plain fields are sufficient: the container, the scheduler or the
 * completion of the verdict hands over each step, so it happens-before the next one.
 */
final class FilterRun {
  private static final Logger log = LoggerFactory.getLogger(FilterRun.class);

  private static final Rejection UNAVAILABLE =
      Rejection.builder(503, "guards_unknown", "Service Unavailable").build();
  private static final Rejection AMBIGUOUS =
      Rejection.builder(400, "ambiguous_target", "Bad Request").build();
  private static final Rejection CANNOT_WAIT =
      Rejection.builder(503, "cannot_wait", "Service Unavailable")
          .retryAfter(Duration.ofSeconds(1))
          .build();

  private final FilterSettings settings;
  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final ServletView view;
  private final GuardSession guards;
  private final boolean guarded;
  private final @Nullable GuardedResponse guardedResponse;
  private final RequestEnd end;
  private @Nullable GuardedRequest wrapper;
  private Rejection unselected = UNAVAILABLE;
  private @Nullable BodyInspector inspector;
  private boolean resumes;

  FilterRun(FilterSettings settings, HttpServletRequest request, HttpServletResponse response) {
    this.settings = settings;
    this.request = request;
    this.response = response;
    view = new ServletView(request, settings.clients());
    GuardSession chosen = choose();
    guarded = chosen != null;
    guards = chosen == null ? GuardChain.empty().begin() : chosen;
    guardedResponse = guards.wantsResponse() ? new GuardedResponse(response, guards, view) : null;
    end = new RequestEnd(guards, view, response, guardedResponse);
  }

  GatewayRequest view() {
    return view;
  }

  private @Nullable GuardSession choose() {
    try {
      return settings.guards().select(view).begin();
    } catch (AmbiguousTargetException e) {
      unselected = AMBIGUOUS;
      return null;
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("gateway filter: failed to select the guards of a request", e);
      return null;
    }
  }

  /** Runs until the application has returned, or the request has been parked or rejected. */
  void start(FilterChain chain) throws IOException, ServletException {
    if (!guarded) {
      reject(unselected);
    } else if (passes(guards.head(view), Stage.HEAD)
        && (!wantsBody() || passes(bodyOnThread(), Stage.BODY))) {
      callApplication(chain);
    }
  }

  /**
   * Continues a request that was parked, or passes on a forward, include, error or asynchronous
   * dispatch by the application.
   */
  void reenter(FilterChain chain, HttpServletRequest now, HttpServletResponse nowResponse)
      throws IOException, ServletException {
    HttpServletRequest passed = resumes ? wrapper().asFirstPass(now) : now;
    resumes = false;
    boolean returned = false;
    try {
      chain.doFilter(passed, nowResponse);
      returned = true;
    } finally {
      if (!returned && now.getDispatcherType() == DispatcherType.ASYNC) {
        end.markFailed();
      }
    }
  }

  /**
   * Returns whether the request continues on this thread. If not, it has been rejected or parked.
   */
  private boolean passes(Verdict verdict, Stage stage) throws IOException, ServletException {
    Verdict settled = verdict;
    if (verdict instanceof Verdict.Pending pending) {
      Verdict already = pending.verdict().toCompletableFuture().getNow(null);
      settled = already == null ? verdict : already;
    }
    if (settled == Verdict.Allow.INSTANCE) {
      return true;
    }
    if (!(settled instanceof Verdict.Reject)) {
      if (settings.parking().isSafe(request)) {
        park(settled, stage);
        return false;
      }
      settled = ThreadWait.await(settled, settings.slots());
    }
    if (settled == null) {
      rejectWait();
    } else if (settled instanceof Verdict.Reject reject) {
      reject(reject.rejection());
    }
    return settled == Verdict.Allow.INSTANCE;
  }

  /** Rejects the request because it would have to wait and no slot is available. */
  void rejectWait() throws IOException, ServletException {
    settings.slots().recordRejected();
    reject(CANNOT_WAIT);
  }

  private void park(Verdict verdict, Stage stage) throws IOException, ServletException {
    if (!settings.slots().tryAcquire(false)) {
      rejectWait();
      return;
    }
    AsyncContext context = request.startAsync(wrapper(), shown());
    wrapper().onParked(context.getTimeout());
    context.setTimeout(0); // the guards determine the time, not the container
    resumes = true;
    end.markParked();
    context.addListener(end);
    new ParkedRequest(this, settings, context, end).await(verdict, stage);
  }

  private HttpServletResponse shown() {
    return guardedResponse == null ? response : guardedResponse;
  }

  private GuardedRequest wrapper() {
    GuardedRequest known = wrapper;
    if (known == null) {
      known = new GuardedRequest(request, shown(), settings.multipart(), remoteAddress());
      wrapper = known;
      end.setGuarded(known);
    }
    return known;
  }

  /** Returns the address to report to the application, or null for that of the transport peer. */
  private @Nullable String remoteAddress() {
    ClientAddress client = view.client();
    boolean rewritten = settings.rewritesRemoteAddress() && !client.address().equals(client.peer());
    return rewritten ? client.address().getHostAddress() : null;
  }

  /** Returns whether there is a body to inspect. Called once. */
  boolean wantsBody() {
    inspector = hasBody() ? guards.inspectBody(view) : null;
    return inspector != null;
  }

  /** Returns whether the request has a body or, as HTTP/2 allows, may have one. */
  private boolean hasBody() {
    long length = request.getContentLengthLong();
    return length > 0
        || request.getHeader("Transfer-Encoding") != null
        || length < 0 && isFramedByStream();
  }

  private boolean isFramedByStream() {
    return !request.getProtocol().startsWith("HTTP/1");
  }

  /**
   * Returns whether the bytes after the head are those of a tunnel. A client of WebSocket over
   * HTTP/2 (RFC 8441) sends none before the response, so waiting for them would not end, and
   * CONNECT has no content (RFC 9110 section 9.3.6). The container reads the bytes for a WebSocket
   * endpoint. An application that reads the body finds it empty, so uninspected bytes never reach
   * it.
   */
  private boolean isTunnel() {
    return isFramedByStream() && request.getMethod().equals("CONNECT");
  }

  private Verdict bodyOnThread() throws IOException {
    boolean read = false;
    try {
      Verdict verdict = body();
      read = true;
      return verdict;
    } finally {
      if (!read) {
        end.onCancelled();
      }
    }
  }

  /** Reads the held part of the body, which may block, and returns the verdict on it. */
  Verdict body() throws IOException {
    BodyInspector body = requireNonNull(inspector);
    HeldBody held = new HeldBody(settings.bodyBudget());
    wrapper().replay(held, body, this::rejectRest);
    if (isTunnel()) {
      held.endEmpty();
      return Verdict.allow();
    }
    Rejection early = held.fill(request.getInputStream(), request.getContentLengthLong(), body);
    if (early != null) {
      return Verdict.reject(early);
    }
    boolean absent = isFramedByStream() && held.isComplete() && held.length() == 0;
    return absent ? Verdict.allow() : body.onHeld(held.isComplete());
  }

  private void callApplication(FilterChain chain) throws IOException, ServletException {
    boolean unchanged =
        wrapper == null && guardedResponse == null && !settings.rewritesRemoteAddress();
    HttpServletRequest passed = unchanged ? request : wrapper();
    boolean returned = false;
    try {
      if (isHandshake()) {
        UpgradeRequest.doFilter(chain, passed, shown(), view);
      } else {
        chain.doFilter(passed, shown());
      }
      returned = true;
    } finally {
      boolean continues = awaitCompletion(passed);
      if (continues && !returned) {
        end.markFailed();
      } else if (!continues && returned) {
        end.onServed();
      } else if (!continues) {
        end.onFailed();
      }
    }
  }

  private boolean isHandshake() {
    return request.getHeader("Upgrade") != null || isTunnel();
  }

  /**
   * Returns whether the application has started asynchronous processing. The container then reports
   * its completion.
   */
  private boolean awaitCompletion(HttpServletRequest request) {
    try {
      if (!request.isAsyncStarted()) {
        return false;
      }
      request.getAsyncContext().addListener(end);
      return true;
    } catch (IllegalStateException e) {
      return false; // another thread has completed it between two of these calls
    }
  }

  void reject(Rejection rejection) throws IOException, ServletException {
    int status = rejection.status();
    end.markRejecting();
    try {
      settings.rejections().reject(request, response, view, rejection);
      status = response.getStatus();
    } finally {
      end.onRejected(status);
    }
  }

  /**
   * Sends the rejection of a body that the application is reading, on the reading thread. The
   * response is sent immediately, so that it does not depend on how the application handles the
   * exception.
   */
  private void rejectRest(Rejection rejection) {
    int status = rejection.status();
    end.markRejecting();
    try {
      if (!response.isCommitted()) {
        response.reset();
        if (request.getProtocol().startsWith("HTTP/1")) {
          response.setHeader("Connection", "close"); // the remaining body is not read
        }
        answerRest(rejection);
        status = response.getStatus();
      }
    } catch (IOException | ServletException | RuntimeException e) {
      log.debug("gateway filter: failed to send the rejection of a body", e);
    } finally {
      end.onRejected(status);
    }
  }

  private void answerRest(Rejection rejection) throws IOException, ServletException {
    RejectionHandler handler = settings.rejections();
    if (handler.equals(RejectionHandlers.THROWN)) {
      handler =
          RejectionHandlers.SENT_AS_ERROR; // because the stack contains the application's read
    }
    handler.reject(request, response, view, rejection);
    if (!handler.equals(RejectionHandlers.SENT_AS_ERROR)) {
      response.flushBuffer();
    }
  }
}
