package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.AsyncContext;
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
import org.jspecify.annotations.Nullable;

/**
 * A request that the application sees as if no guard had looked at it. It stays wrapped when the
 * application goes asynchronous, where {@code startAsync()} would hand out what the container made;
 * and once guards have read of its body, it is read from the {@link BodyReplay}.
 */
final class GuardedRequest extends HttpServletRequestWrapper {
  private static final long UNCHANGED = -1;

  private final HttpServletResponse response;
  private final @Nullable MultipartConfigElement multipart;
  private @Nullable BodyReplay replay;
  private long timeout = UNCHANGED;

  /**
   * Wraps a request.
   *
   * @param response what {@code startAsync()} goes on with
   * @param multipart the limits of parts; null if the user named none
   */
  GuardedRequest(
      HttpServletRequest request,
      HttpServletResponse response,
      @Nullable MultipartConfigElement multipart) {
    super(request);
    this.response = response;
    this.multipart = multipart;
  }

  /** Has the body read from these bytes first, then, unless they are all, from the container. */
  void replay(byte[] begun, boolean whole) {
    replay = new BodyReplay((HttpServletRequest) getRequest(), begun, whole, multipart);
  }

  void deleteParts() {
    if (replay != null) {
      replay.deleteParts();
    }
  }

  /** The request was parked without time-out: the application's own cycles have this one again. */
  void keepTimeout(long millis) {
    timeout = millis;
  }

  @Override
  public AsyncContext startAsync() {
    return startAsync(this, response);
  }

  @Override
  public AsyncContext startAsync(ServletRequest with, ServletResponse and) {
    AsyncContext context = super.startAsync(with, and);
    if (timeout != UNCHANGED) {
      context.setTimeout(timeout); // some containers would go on with that of the cycle before
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
