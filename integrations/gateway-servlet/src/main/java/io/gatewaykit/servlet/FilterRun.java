package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.How;
import io.gatewaykit.api.guard.GuardRun;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.Headers;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request's way through the guards and the application. It outlives a dispatch: while a verdict
 * is awaited, no thread is held, and the container's next dispatch goes on where this stopped. Each
 * dispatch happens-before the next, as the container promises, so plain fields do.
 */
final class FilterRun {
  private enum Next {
    HEAD,
    BODY,
    APPLICATION,
    NOTHING
  }

  private final GatewayFilter filter;
  private final ServletView view;
  private final GuardRun guards;
  private Next next = Next.HEAD;
  private byte @Nullable [] begun;
  private boolean bodyWhole;
  private @Nullable Verdict known;

  FilterRun(GatewayFilter filter, HttpServletRequest request) {
    this.filter = filter;
    view = new ServletView(request, filter.clients());
    guards = filter.guards().select(view).begin();
  }

  /** Whether a dispatch has to go on here; if not, it is the application's own business. */
  boolean isWaiting() {
    return next != Next.NOTHING;
  }

  /**
   * Goes on until the application has been called, a verdict is awaited, or the request refused.
   */
  void proceed(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Verdict verdict = known;
    known = null;
    if (verdict != null && !allowed(verdict, request, response)) {
      return;
    }
    if (next == Next.HEAD) {
      next = Next.BODY;
      if (!allowed(guards.head(view), request, response)) {
        return;
      }
    }
    if (next == Next.BODY) {
      next = Next.APPLICATION;
      if (!bodyAllowed(request, response)) {
        return;
      }
    }
    next = Next.NOTHING;
    callApplication(request, response, chain);
  }

  /** Acts on a verdict; whether the request may go on now. */
  private boolean allowed(Verdict verdict, HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    if (verdict instanceof Verdict.Reject reject) {
      next = Next.NOTHING;
      refuse(reject.rejection(), request, response);
    } else if (verdict instanceof Verdict.Delay delay) {
      AsyncContext waiting = pause(request, response);
      try {
        var unused =
            filter.scheduler().schedule(() -> resume(waiting), delay.nanos(), TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException e) {
        resume(waiting); // the filter was closed: better too early than never
      }
    } else if (verdict instanceof Verdict.Pending pending) {
      AsyncContext waiting = pause(request, response);
      var unused =
          pending
              .verdict()
              .whenComplete((decided, never) -> {
                known = decided;
                resume(waiting);
              });
    } else {
      return true;
    }
    return false;
  }

  private AsyncContext pause(HttpServletRequest request, HttpServletResponse response)
      throws ServletException {
    if (!request.isAsyncSupported()) {
      complete(How.FAILED, 0);
      throw new ServletException(
          "a guard asked for a delay: asyncSupported: false (expected: true for GatewayFilter and"
              + " everything before it)");
    }
    AsyncContext context = request.startAsync(request, response);
    context.setTimeout(0); // the guards say how long, not the container
    context.addListener(new Parked());
    return context;
  }

  private void resume(AsyncContext waiting) {
    try {
      waiting.dispatch();
    } catch (IllegalStateException e) {
      complete(How.CANCELLED, 0); // the container ended the request meanwhile
    }
  }

  private boolean bodyAllowed(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    int wanted = guards.bodyBytesWanted(view);
    if (wanted == 0 || !hasBody(request) || isMultipart(request) && !filter.readsMultipart()) {
      return true;
    }
    ServletInputStream in = request.getInputStream();
    byte[] read = in.readNBytes(Math.min(wanted, Integer.MAX_VALUE - 1) + 1);
    begun = read;
    bodyWhole = read.length <= wanted;
    int shown = Math.min(read.length, wanted);
    BodyView body = new BodyView(ByteBuffer.wrap(read, 0, shown).slice(), bodyWhole);
    return allowed(guards.body(view, body), request, response);
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0
        || request.getHeader("Transfer-Encoding") != null
        || request.getContentLengthLong() < 0 && request.getProtocol().equals("HTTP/2.0");
  }

  private static boolean isMultipart(HttpServletRequest request) {
    String type = request.getContentType();
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/");
  }

  private void callApplication(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletResponse shown = response;
    HeadNotifyingResponse notifying = null;
    if (guards.wantsResponse()) {
      notifying =
          new HeadNotifyingResponse(response, () -> guards.response(view, new Head(response)));
      shown = notifying;
    }
    HttpServletRequest passed = request;
    if (begun != null) {
      passed = new ReplayRequest(request, shown, begun, bodyWhole);
    } else if (notifying != null) {
      passed = new GuardedRequest(request, shown);
    }
    boolean returned = false;
    try {
      chain.doFilter(passed, shown);
      returned = true;
    } finally {
      if (!returned) {
        complete(How.FAILED, failedStatus(response));
      }
    }
    if (passed.isAsyncStarted()) {
      passed.getAsyncContext().addListener(new Ending(response, notifying));
    } else {
      if (notifying != null) {
        notifying.headIsReady();
      }
      complete(How.SERVED, response.getStatus());
    }
  }

  private void refuse(Rejection rejection, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    RejectionRenderer.Response rendered = filter.renderer().render(view, rejection);
    byte[] body = rendered.body().getBytes(StandardCharsets.UTF_8);
    response.setStatus(rendered.status());
    rendered.headers().forEach(h -> response.addHeader(h.getKey(), h.getValue()));
    response.setContentLength(body.length);
    try {
      if (!request.getMethod().equals("HEAD")) {
        response.getOutputStream().write(body);
      }
    } finally {
      complete(How.REJECTED, rendered.status());
    }
  }

  /** What the client gets where the application left the answer to the container. */
  private static int failedStatus(HttpServletResponse response) {
    int status = response.getStatus();
    return response.isCommitted() || status >= 500 ? status : 500;
  }

  private void complete(How how, int status) {
    guards.complete(view, new Completion(how, status));
  }

  /** Notices when a request ends while it is parked. */
  private final class Parked implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      // Also called when all went well: by then the end has been reported.
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      complete(How.CANCELLED, 0);
    }

    @Override
    public void onError(AsyncEvent event) {
      complete(How.CANCELLED, 0);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // The application's own asynchronous work has a listener of its own.
    }
  }

  /** The end of a request the application answers on its own time. */
  private final class Ending implements AsyncListener {
    private final HttpServletResponse response;
    private final @Nullable HeadNotifyingResponse notifying;

    Ending(HttpServletResponse response, @Nullable HeadNotifyingResponse notifying) {
      this.response = response;
      this.notifying = notifying;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      if (notifying != null) {
        notifying.headIsReady();
      }
      complete(How.SERVED, response.getStatus());
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      complete(How.FAILED, failedStatus(response));
    }

    @Override
    public void onError(AsyncEvent event) {
      complete(How.FAILED, failedStatus(response));
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this); // a new cycle forgets its listeners
    }
  }

  private record Head(HttpServletResponse response) implements ResponseHead, Headers {
    @Override
    public int status() {
      return response.getStatus();
    }

    @Override
    public Headers headers() {
      return this;
    }

    @Override
    public void addHeader(String name, String value) {
      response.addHeader(name, value);
    }

    @Override
    public void setHeader(String name, String value) {
      response.setHeader(name, value);
    }

    @Override
    public @Nullable String first(String name) {
      return response.getHeader(name);
    }

    @Override
    public List<String> all(String name) {
      return List.copyOf(response.getHeaders(name));
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super String> consumer) {
      for (String name : List.copyOf(response.getHeaderNames())) {
        response.getHeaders(name).forEach(value -> consumer.accept(name, value));
      }
    }
  }
}
