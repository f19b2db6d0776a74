// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether a request may wait without a thread. It is then dispatched to the application
 * asynchronously. Such a dispatch bypasses filters that are registered for {@code REQUEST} only,
 * and Spring's {@code OncePerRequestFilter} skips it, which includes all of Spring Security. No API
 * returns the dispatcher types of a filter. Parking is therefore safe only if the application has
 * no other filter.
 */
final class Parking {
  private static final Logger log = LoggerFactory.getLogger(Parking.class);

  private final boolean enabled;
  private final String filterClass;
  private final AtomicBoolean warned = new AtomicBoolean();

  /**
   * Creates the decision for one filter.
   *
   * @param enabled whether parking is on
   * @param filter the class of the filter that parks requests
   */
  Parking(boolean enabled, Class<? extends Filter> filter) {
    this.enabled = enabled;
    this.filterClass = filter.getName();
  }

  boolean isSafe(HttpServletRequest request) {
    return enabled
        // other dispatches would start again
        && request.getDispatcherType() == DispatcherType.REQUEST
        && !upgrades(request)
        && isOnlyFilter(request)
        && isAsyncSupported(request);
  }

  /**
   * Returns whether this is a WebSocket handshake. Containers accept it in the first pass only, and
   * Tomcat does so in a filter.
   */
  private static boolean upgrades(HttpServletRequest request) {
    return request.getHeader("Upgrade") != null || request.getMethod().equals("CONNECT");
  }

  private boolean isOnlyFilter(HttpServletRequest request) {
    Map<String, ? extends FilterRegistration> all =
        request.getServletContext().getFilterRegistrations();
    // A filter class that is registered under another name may call this filter in a chain of its
    // own.
    boolean only =
        all.size() == 1
            && all.values().stream().allMatch(each -> filterClass.equals(each.getClassName()));
    if (!only) {
      warnOnce("filters: " + all.keySet());
    }
    return only;
  }

  private boolean isAsyncSupported(HttpServletRequest request) {
    if (request.isAsyncSupported()) {
      return true;
    }
    warnOnce("asyncSupported: false");
    return false;
  }

  private void warnOnce(String reason) {
    if (warned.compareAndSet(false, true)) {
      log.warn("gateway filter: parking is off, requests wait on their threads ({})", reason);
    }
  }
}
