package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardRun;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request's way through the guards to the application. Where a verdict is awaited it goes on in
 * {@link ParkedRequest}; each step happens-before the next, because the container, the scheduler or
 * the verdict's completion hands it over, so plain fields do.
 */
final class FilterRun {
  private static final Logger log = LoggerFactory.getLogger(GatewayFilter.class);

  /** The request's attribute while one that was parked goes on to filters that have not seen it. */
  static final String RESUMED = FilterRun.class.getName() + ".resumed";

  private static final Rejection UNAVAILABLE =
      Rejection.builder(503, "guards_unknown", "Service Unavailable").build();
  private static final Rejection CANNOT_WAIT =
      Rejection.builder(503, "cannot_wait", "Service Unavailable").build();

  private final FilterSettings settings;
  private final HttpServletRequest request;
  private final HttpServletResponse response;
  private final ServletView view;
  private final GuardRun guards;
  private final boolean guarded;
  private final @Nullable HeadNotifyingResponse notifying;
  private final RequestEnd end;
  private @Nullable GuardedRequest wrapper;
  private int wanted;
  private boolean resumes;

  FilterRun(FilterSettings settings, HttpServletRequest request, HttpServletResponse response) {
    this.settings = settings;
    this.request = request;
    this.response = response;
    view = new ServletView(request, settings.clients());
    GuardRun chosen = choose();
    guarded = chosen != null;
    guards = chosen == null ? GuardChain.empty().begin() : chosen;
    notifying = guards.wantsResponse() ? new HeadNotifyingResponse(response, this::showHead) : null;
    end = new RequestEnd(guards, view, response, notifying);
  }

  private @Nullable GuardRun choose() {
    try {
      return settings.guards().select(view).begin();
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("the guards of a request could not be chosen", e);
      return null;
    }
  }

  private void showHead() {
    guards.response(view, new ServletResponseHead(response));
  }

  /** Goes on until the application has been called, a verdict is awaited, or it was refused. */
  void start(FilterChain chain) throws IOException, ServletException {
    if (!guarded) {
      refuse(UNAVAILABLE);
    } else if (passes(guards.head(view), Stage.HEAD)
        && (!wantsBody() || passes(bodyOnThread(), Stage.BODY))) {
      callApplication(chain);
    }
  }

  /**
   * The request goes on after it was parked, or this is the application's own forward, include,
   * error or asynchronous dispatch.
   */
  void reenter(FilterChain chain, HttpServletRequest now, HttpServletResponse nowResponse)
      throws IOException, ServletException {
    if (!resumes) {
      pass(chain, now, nowResponse);
      return;
    }
    resumes = false;
    now.setAttribute(RESUMED, true);
    try {
      pass(chain, now, nowResponse);
    } finally {
      now.removeAttribute(RESUMED);
    }
  }

  private void pass(FilterChain chain, HttpServletRequest now, HttpServletResponse nowResponse)
      throws IOException, ServletException {
    boolean returned = false;
    try {
      chain.doFilter(now, nowResponse);
      returned = true;
    } finally {
      if (!returned && now.getDispatcherType() == DispatcherType.ASYNC) {
        end.failed();
      }
    }
  }

  /** Whether the request goes on at once on this thread; if not, it was refused or waits. */
  private boolean passes(Verdict verdict, Stage stage) throws IOException, ServletException {
    Verdict known = verdict;
    if (verdict instanceof Verdict.Pending pending) {
      Verdict already = pending.verdict().toCompletableFuture().getNow(null);
      known = already == null ? verdict : already;
    }
    if (known == Verdict.Allow.INSTANCE) {
      return true;
    }
    Semaphore threads = settings.threadsToHold();
    if (known instanceof Verdict.Reject reject) {
      refuse(reject.rejection());
    } else if (threads != null) {
      return passesAfter(HeldThread.await(known, threads), stage);
    } else if (request.isAsyncSupported()) {
      park(known, stage);
    } else {
      settings.warnOnce(
          "a guard asked to wait, but asyncSupported: false (expected: true for the gateway's filter"
              + " and all before it); such requests are refused");
      refuse(CANNOT_WAIT);
    }
    return false;
  }

  private boolean passesAfter(@Nullable Verdict settled, Stage stage)
      throws IOException, ServletException {
    if (settled == null) {
      refuse(CANNOT_WAIT);
      return false;
    }
    return passes(settled, stage);
  }

  private void park(Verdict verdict, Stage stage) {
    AsyncContext context = request.startAsync(wrapper(), shown());
    wrapper().keepTimeout(context.getTimeout());
    context.setTimeout(0); // the guards say how long, not the container
    resumes = true;
    end.parked();
    context.addListener(end);
    new ParkedRequest(this, settings, context, end).await(verdict, stage);
  }

  private HttpServletResponse shown() {
    return notifying == null ? response : notifying;
  }

  private GuardedRequest wrapper() {
    GuardedRequest known = wrapper;
    if (known == null) {
      known = new GuardedRequest(request, shown(), settings.multipart());
      wrapper = known;
      end.wraps(known);
    }
    return known;
  }

  /** Whether there is a body that some guard wants to see. Asked once. */
  boolean wantsBody() {
    wanted = guards.bodyBytesWanted(view);
    return wanted > 0 && hasBody();
  }

  private boolean hasBody() {
    long length = request.getContentLengthLong();
    return length > 0
        || request.getHeader("Transfer-Encoding") != null
        || length < 0 && request.getProtocol().startsWith("HTTP/2");
  }

  private Verdict bodyOnThread() throws IOException {
    boolean read = false;
    try {
      Verdict verdict = body();
      read = true;
      return verdict;
    } finally {
      if (!read) {
        end.cancelled();
      }
    }
  }

  /** Reads what the guards want of the body, which may block, and asks them. */
  Verdict body() throws IOException {
    byte[] read = request.getInputStream().readNBytes(Math.min(wanted, Integer.MAX_VALUE - 1) + 1);
    boolean whole = read.length <= wanted;
    wrapper().replay(read, whole);
    ByteBuffer shown = ByteBuffer.wrap(read, 0, Math.min(read.length, wanted)).slice();
    return guards.body(view, new BodyView(shown, whole));
  }

  private void callApplication(FilterChain chain) throws IOException, ServletException {
    HttpServletRequest passed = wrapper == null && notifying == null ? request : wrapper();
    boolean returned = false;
    try {
      chain.doFilter(passed, shown());
      returned = true;
    } finally {
      if (!returned) {
        end.failed();
      }
    }
    if (passed.isAsyncStarted()) {
      passed.getAsyncContext().addListener(end);
    } else {
      end.served();
    }
  }

  void refuse(Rejection rejection) throws IOException, ServletException {
    int status = rejection.status();
    end.refuses();
    try {
      settings.rejections().reject(request, response, view, rejection);
      status = response.getStatus();
    } finally {
      end.rejected(status);
    }
  }
}
