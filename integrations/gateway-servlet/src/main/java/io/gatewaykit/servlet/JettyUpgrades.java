// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects the filter with which Jetty accepts WebSocket handshakes in front of the gateway filter.
 * Jetty puts it before all filters, unless the application registers it, and handshakes then reach
 * no guard. The Servlet API does not return the order of filters, so this class calls Jetty by
 * reflection.
 */
final class JettyUpgrades {
  private static final Logger log = LoggerFactory.getLogger(JettyUpgrades.class);

  private static final String UPGRADE_FILTER = "WebSocketUpgradeFilter";

  private static final List<String> CONTEXT_HANDLERS =
      List.of(
          "org.eclipse.jetty.ee10.servlet.ServletContextHandler",
          "org.eclipse.jetty.ee11.servlet.ServletContextHandler");

  private JettyUpgrades() {}

  /** Logs a warning if handshakes do not reach the filter. Does nothing in other containers. */
  static void warnIfUnguarded(FilterConfig filter) {
    ServletContext context = filter.getServletContext();
    if (context == null) {
      return;
    }
    for (String handlerClass : CONTEXT_HANDLERS) {
      try {
        Class<?> type = Class.forName(handlerClass, false, context.getClass().getClassLoader());
        Object handler =
            type.getMethod("getServletContextHandler", ServletContext.class).invoke(null, context);
        Object filters = requireNonNull(type.getMethod("getServletHandler").invoke(handler));
        Object mappings = filters.getClass().getMethod("getFilterMappings").invoke(filters);
        warnIfUnguarded(filter.getFilterName(), (Object[]) requireNonNull(mappings));
        return;
      } catch (ClassNotFoundException e) {
        log.trace("gateway filter: class of another Jetty version or container not found", e);
      } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
        log.debug("gateway filter: failed to read the order of filters from Jetty", e);
        return;
      }
    }
  }

  private static void warnIfUnguarded(String own, Object[] mappings)
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    for (Object mapping : mappings) {
      String name = String.valueOf(mapping.getClass().getMethod("getFilterName").invoke(mapping));
      if (name.equals(own)) {
        return;
      }
      if (name.endsWith(UPGRADE_FILTER)) {
        log.warn(
            "gateway filter {}: WebSocket handshakes are not guarded ({} precedes it; expected:"
                + " registered by the application after it)",
            own,
            name);
        return;
      }
    }
  }
}
