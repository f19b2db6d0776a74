// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The request as the application sees it, without any effect of the inspection. The wrapper is
 * retained in asynchronous processing, where {@code startAsync()} would return the container's
 * request. Once guards have read from the body, the application reads it from the {@link
 * BodyReplay}.
 */
final class GuardedRequest extends HttpServletRequestWrapper {
  private static final long UNCHANGED = -1;

  private final HttpServletResponse response;
  private final @Nullable MultipartConfigElement multipart;
  private final @Nullable String remoteAddress;
  private @Nullable BodyReplay replay;
  private long timeout = UNCHANGED;
  private volatile boolean firstPass;

  /**
   * Wraps a request.
   *
   * @param response the response for {@code startAsync()}
   * @param multipart the limits of multipart bodies, or null for the defaults
   * @param remoteAddress the remote address to return, or null for that of the transport peer
   */
  GuardedRequest(
      HttpServletRequest request,
      HttpServletResponse response,
      @Nullable MultipartConfigElement multipart,
      @Nullable String remoteAddress) {
    super(request);
    this.remoteAddress = remoteAddress;
    this.response = response;
    this.multipart = multipart;
  }

  /**
   * Sets the body to deliver: the held bytes first, then the remainder from the container,
   * inspected.
   *
   * @param onRejected called if the remainder is rejected
   */
  void replay(HeldBody held, BodyInspector inspector, Consumer<Rejection> onRejected) {
    var original = (HttpServletRequest) getRequest();
    replay = new BodyReplay(original, held, inspector, onRejected, multipart);
  }

  /** Releases the memory and the temporary files of the body. */
  void free() {
    if (replay != null) {
      replay.free();
    }
  }

  /**
   * Called when the request is parked, without a timeout. Asynchronous cycles that the application
   * starts use the container's timeout again.
   */
  void onParked(long timeoutMillis) {
    timeout = timeoutMillis;
    firstPass = true;
  }

  /**
   * Returns the dispatched request as the first pass of the application, until it starts an
   * asynchronous cycle. This class does not change the dispatcher type, because Undertow reads it
   * here.
   */
  HttpServletRequest asFirstPass(HttpServletRequest dispatched) {
    return new HttpServletRequestWrapper(dispatched) {
      @Override
      public DispatcherType getDispatcherType() {
        DispatcherType type = super.getDispatcherType();
        return firstPass && type == DispatcherType.ASYNC ? DispatcherType.REQUEST : type;
      }
    };
  }

  @Override
  public String getRemoteAddr() {
    return remoteAddress == null ? super.getRemoteAddr() : remoteAddress;
  }

  @Override
  public String getRemoteHost() {
    return remoteAddress == null ? super.getRemoteHost() : remoteAddress;
  }

  @Override
  public AsyncContext startAsync() {
    return startAsync(this, response);
  }

  @Override
  public AsyncContext startAsync(ServletRequest with, ServletResponse and) {
    AsyncContext context = super.startAsync(with, and);
    firstPass = false;
    if (timeout != UNCHANGED) {
      context.setTimeout(timeout); // some containers retain the timeout of the previous cycle
    }
    return context;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    return replay == null ? super.getInputStream() : replay.inputStream();
  }

  @Override
  public BufferedReader getReader() throws IOException {
    return replay == null ? super.getReader() : replay.reader();
  }

  @Override
  public Map<String, String[]> getParameterMap() {
    return replay == null ? super.getParameterMap() : replay.parameters();
  }

  @Override
  public @Nullable String getParameter(String name) {
    if (replay == null) {
      return super.getParameter(name);
    }
    String[] values = replay.parameters().get(name);
    return values == null ? null : values[0];
  }

  @Override
  public Enumeration<String> getParameterNames() {
    return replay == null
        ? super.getParameterNames()
        : Collections.enumeration(replay.parameters().keySet());
  }

  @Override
  public String @Nullable [] getParameterValues(String name) {
    if (replay == null) {
      return super.getParameterValues(name);
    }
    String[] values = replay.parameters().get(name);
    return values == null ? null : values.clone();
  }

  @Override
  public Collection<Part> getParts() throws IOException, ServletException {
    return replay == null ? super.getParts() : List.copyOf(replay.parts());
  }

  @Override
  public @Nullable Part getPart(String name) throws IOException, ServletException {
    if (replay == null) {
      return super.getPart(name);
    }
    for (ReplayPart part : requireNonNull(replay).parts()) {
      if (part.getName().equals(name)) {
        return part;
      }
    }
    return null;
  }
}
