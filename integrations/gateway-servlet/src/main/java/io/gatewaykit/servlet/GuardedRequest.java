package io.gatewaykit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

/**
 * A request that stays wrapped when the application goes asynchronous: {@code startAsync()} without
 * arguments would hand out what the container made, past the wrappers.
 */
class GuardedRequest extends HttpServletRequestWrapper {
  private final HttpServletResponse response;

  GuardedRequest(HttpServletRequest request, HttpServletResponse response) {
    super(request);
    this.response = response;
  }

  @Override
  public AsyncContext startAsync() {
    return startAsync(this, response);
  }
}
