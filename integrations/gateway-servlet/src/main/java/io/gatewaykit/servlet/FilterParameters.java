// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Builds a filter from the init-parameters of a deployment descriptor. */
final class FilterParameters {
  private static final String GUARDS = "guards";
  private static final String GUARDS_ATTRIBUTE = "guards-attribute";
  private static final String HEADER = "client-address.header";
  private static final String TRUSTED_PROXIES = "client-address.trusted-proxies";
  private static final String TRUSTED_HOPS = "client-address.trusted-hops";
  private static final String IPV6_PREFIX = "client-address.ipv6-prefix";
  private static final String REJECTIONS = "rejections";
  private static final String MAX_WAITING = "max-waiting";
  private static final String MAX_WAITING_THREADS = "max-waiting-threads";
  private static final String PARKING = "parking";
  private static final String REWRITE_REMOTE_ADDRESS = "rewrite-remote-address";
  private static final Set<String> ALL =
      new TreeSet<>(
          List.of(
              GUARDS,
              GUARDS_ATTRIBUTE,
              HEADER,
              TRUSTED_PROXIES,
              TRUSTED_HOPS,
              IPV6_PREFIX,
              REJECTIONS,
              MAX_WAITING,
              MAX_WAITING_THREADS,
              PARKING,
              REWRITE_REMOTE_ADDRESS));

  private final FilterConfig config;

  private FilterParameters(FilterConfig config) {
    this.config = config;
  }

  /** Checks that there are no init-parameters, for a filter that was built in code. */
  static void expectNone(FilterConfig config) throws ServletException {
    for (String name : Collections.list(config.getInitParameterNames())) {
      throw new ServletException(
          "init-param " + name + " (expected: none, because the filter was built in code)");
    }
  }

  static GatewayFilter.Builder read(FilterConfig config) throws ServletException {
    for (String name : Collections.list(config.getInitParameterNames())) {
      if (!ALL.contains(name)) {
        throw new ServletException("init-param " + name + " (expected: one of " + ALL + ")");
      }
    }
    var parameters = new FilterParameters(config);
    var builder =
        GatewayFilter.builder().guards(parameters.guards()).clientAddress(parameters.clients());
    builder.rejections(parameters.rejections());
    if (config.getInitParameter(MAX_WAITING) != null) {
      builder.maxWaiting(parameters.number(MAX_WAITING, 1, GatewayFilter.Builder.MAX_REQUESTS));
    }
    if (config.getInitParameter(MAX_WAITING_THREADS) != null) {
      builder.maxWaitingThreads(
          parameters.number(MAX_WAITING_THREADS, 1, GatewayFilter.Builder.MAX_REQUESTS));
    }
    return builder
        .parking(parameters.flag(PARKING))
        .rewriteRemoteAddress(parameters.flag(REWRITE_REMOTE_ADDRESS));
  }

  private GuardSelector guards() throws ServletException {
    String className = config.getInitParameter(GUARDS);
    return className == null ? guardsOfContext() : guardsOfClass(className.strip());
  }

  private GuardSelector guardsOfContext() throws ServletException {
    String given = config.getInitParameter(GUARDS_ATTRIBUTE);
    String name = given == null ? GatewayFilter.GUARDS_ATTRIBUTE : given;
    Object value = config.getServletContext().getAttribute(name);
    if (value instanceof GuardSelector selector) {
      return selector;
    }
    if (value instanceof GuardChain chain) {
      return GuardSelector.always(chain);
    }
    String found = value == null ? "nothing" : "a " + value.getClass().getName();
    throw new ServletException(
        "servlet context attribute %s: %s (expected: a GuardSelector or GuardChain, set before"
                .formatted(name, found)
            + " filters start, or the init-param guards)");
  }

  private GuardSelector guardsOfClass(String name) throws ServletException {
    try {
      ClassLoader ofContext = config.getServletContext().getClassLoader();
      ClassLoader loader =
          ofContext == null ? Thread.currentThread().getContextClassLoader() : ofContext;
      Class<?> type = Class.forName(name, true, loader);
      return (GuardSelector) type.getConstructor().newInstance();
    } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
      throw bad(
          GUARDS,
          name,
          "a class that implements GuardSelector, with a public constructor without parameters",
          e);
    }
  }

  private ClientAddressResolver clients() throws ServletException {
    Map<String, ForwardingHeader> headers =
        Map.of(
            "none", ForwardingHeader.NONE,
            "forwarded", ForwardingHeader.FORWARDED,
            "x-forwarded-for", ForwardingHeader.X_FORWARDED_FOR);
    String header = config.getInitParameter(HEADER);
    var builder = ClientAddressResolver.builder().header(word(HEADER, header, "none", headers));
    try {
      String proxies = config.getInitParameter(TRUSTED_PROXIES);
      if (proxies != null) {
        builder.trustedProxies(proxies.strip().split("[\\s,]+"));
      }
      if (config.getInitParameter(TRUSTED_HOPS) != null) {
        builder.trustedHops(number(TRUSTED_HOPS, 0, 16));
      }
      if (config.getInitParameter(IPV6_PREFIX) != null) {
        builder.ipv6PrefixLength(number(IPV6_PREFIX, 1, 128));
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ServletException("init-params client-address: " + e.getMessage(), e);
    }
  }

  private RejectionHandler rejections() throws ServletException {
    Map<String, RejectionHandler> handlers =
        Map.of(
            "problem-json",
            RejectionHandler.rendering(RejectionRenderer.problemJson()),
            "send-error",
            RejectionHandler.sendingError(),
            "throw",
            RejectionHandler.throwing());
    return word(REJECTIONS, config.getInitParameter(REJECTIONS), "problem-json", handlers);
  }

  private boolean flag(String name) throws ServletException {
    Map<String, Boolean> words = Map.of("true", true, "false", false);
    return word(name, config.getInitParameter(name), "false", words);
  }

  private static <T> T word(
      String name, @Nullable String given, String byDefault, Map<String, T> words)
      throws ServletException {
    T value = words.get(given == null ? byDefault : given.strip());
    if (value == null) {
      throw bad(name, given, "one of " + new TreeSet<>(words.keySet()), null);
    }
    return value;
  }

  private int number(String name, int min, int max) throws ServletException {
    String given = config.getInitParameter(name);
    try {
      int value = Integer.parseInt(given.strip());
      if (value >= min && value <= max) {
        return value;
      }
      throw bad(name, given, min + ".." + max, null);
    } catch (NumberFormatException e) {
      throw bad(name, given, min + ".." + max, e);
    }
  }

  private static ServletException bad(
      String name, @Nullable String value, String expected, @Nullable Throwable cause) {
    return new ServletException(
        "init-param " + name + ": " + value + " (expected: " + expected + ")", cause);
  }
}
