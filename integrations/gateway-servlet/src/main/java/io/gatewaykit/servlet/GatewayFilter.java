// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static io.gatewaykit.api.internal.Arguments.once;
import static io.gatewaykit.api.internal.Arguments.range;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.BodyBudget;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * A servlet filter that evaluates a guard chain in front of an application. Register it as the
 * first filter, for {@code REQUEST}, with {@code asyncSupported} so that the application can use
 * {@code startAsync}.
 *
 * <p>A delayed or pending request waits on its thread, within limits, and then passes the other
 * filters like any request, so a delay cannot be used to bypass security filters. See {@link
 * Builder#maxWaitingThreads}, {@link Builder#maxWaiting} and, for applications without other
 * filters, {@link Builder#parking}.
 *
 * <p>A request is guarded once, the first time it reaches the filter other than in an include or an
 * error page. Later forwards, includes and dispatches by the application are not guarded again.
 * Thread-safe. {@link #close} and {@link #destroy} stop the timer thread, if the filter owns one.
 */
public final class GatewayFilter implements Filter, AutoCloseable {
  /**
   * The servlet context attribute from which a filter without other parameters takes its guards.
   */
  public static final String GUARDS_ATTRIBUTE = "io.gatewaykit.guards";

  /**
   * The request attribute that holds the {@link GatewayRequest} of a guarded request. See {@link
   * #request}.
   */
  public static final String REQUEST_ATTRIBUTE = "io.gatewaykit.request";

  /** Unique per filter, so that several filters can guard one request. */
  private final String attribute = GatewayFilter.class.getName() + "." + UUID.randomUUID();

  private volatile @Nullable FilterSettings settings;

  /**
   * Creates a filter for a deployment descriptor. It is configured by its init-parameters when the
   * container starts it.
   *
   * <table>
   * <caption>Init-parameters</caption>
   * <tr><td>{@code guards}</td><td>the name of a class that implements {@link GuardSelector} and has
   * a public constructor without parameters</td></tr>
   * <tr><td>{@code guards-attribute}</td><td>alternatively, the servlet context attribute that holds
   * a {@link GuardSelector} or {@link GuardChain}; default {@value #GUARDS_ATTRIBUTE}</td></tr>
   * <tr><td>{@code client-address.header}</td><td>{@code none} (default), {@code x-forwarded-for} or
   * {@code forwarded}</td></tr>
   * <tr><td>{@code client-address.trusted-proxies}</td><td>address blocks, separated by
   * commas</td></tr>
   * <tr><td>{@code client-address.trusted-hops}</td><td>0 to 16</td></tr>
   * <tr><td>{@code client-address.ipv6-prefix}</td><td>1 to 128, default 64</td></tr>
   * <tr><td>{@code rejections}</td><td>{@code problem-json} (default), {@code send-error} or {@code
   * throw}</td></tr>
   * <tr><td>{@code max-waiting}</td><td>see {@link Builder#maxWaiting}</td></tr>
   * <tr><td>{@code max-waiting-threads}</td><td>see {@link Builder#maxWaitingThreads}</td></tr>
   * <tr><td>{@code parking}</td><td>{@code true} or {@code false}, see {@link
   * Builder#parking}</td></tr>
   * <tr><td>{@code rewrite-remote-address}</td><td>{@code true} or {@code false}, see {@link
   * Builder#rewriteRemoteAddress}</td></tr>
   * </table>
   */
  public GatewayFilter() {}

  private GatewayFilter(FilterSettings settings) {
    this.settings = settings;
  }

  /** Returns a filter with this chain and default settings. */
  public static GatewayFilter of(GuardChain chain) {
    return builder().guards(chain).build();
  }

  /** Returns a builder. Guards are required. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@inheritDoc}
   *
   * @throws ServletException if an init-parameter is unknown or has an invalid value, or the guards
   *     cannot be found
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    if (settings == null) {
      settings = FilterParameters.read(config).settings();
    } else {
      FilterParameters.expectNone(config);
    }
    JettyUpgrades.warnIfUnguarded(config);
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest http)
        || !(response instanceof HttpServletResponse httpResponse)) {
      chain.doFilter(request, response);
      return;
    }
    FilterRun run = (FilterRun) http.getAttribute(attribute);
    if (run != null) {
      run.reenter(chain, http, httpResponse);
    } else if (canBeRejected(http.getDispatcherType())) {
      FilterSettings current = settings;
      if (current == null) {
        throw new ServletException("GatewayFilter: init was not called");
      }
      run = new FilterRun(current, http, httpResponse);
      http.setAttribute(attribute, run);
      http.setAttribute(REQUEST_ATTRIBUTE, run.view());
      run.start(chain);
    } else {
      chain.doFilter(request, response);
    }
  }

  /**
   * Returns whether a request is guarded when it first reaches the filter. In a forward or an
   * asynchronous dispatch, the original path was not mapped to the filter. An include or an error
   * page is too late, because another servlet has started its response.
   */
  private static boolean canBeRejected(DispatcherType type) {
    return type != DispatcherType.INCLUDE && type != DispatcherType.ERROR;
  }

  /**
   * Returns the request as the guards received it, with its resolved client, or empty if no {@code
   * GatewayFilter} guards it. With several filters, returns that of the last one. Valid while the
   * request is being served.
   */
  public static Optional<GatewayRequest> request(ServletRequest request) {
    return request.getAttribute(REQUEST_ATTRIBUTE) instanceof GatewayRequest seen
        ? Optional.of(seen)
        : Optional.empty();
  }

  /**
   * Returns the numbers of requests that wait now and of those that were rejected because they
   * could not wait.
   */
  public WaitStats waits() {
    FilterSettings current = settings;
    return current == null ? new WaitStats(0, 0, 0) : current.slots().stats();
  }

  @Override
  public void destroy() {
    close();
  }

  @Override
  public void close() {
    FilterSettings current = settings;
    if (current != null) {
      current.close();
    }
  }

  /**
   * Collects the settings of a {@link GatewayFilter}. Not thread-safe. A setting that is set twice
   * is an {@link IllegalStateException}.
   */
  public static final class Builder {
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_WAITING_THREADS = 50;

    /** The largest permitted number of waiting requests. */
    static final int MAX_REQUESTS = 1_000_000;

    private @Nullable GuardSelector guards;
    private @Nullable ClientAddressResolver clients;
    private @Nullable RejectionHandler rejections;
    private @Nullable MultipartConfigElement multipart;
    private @Nullable BodyBudget bodyBudget;
    private @Nullable Integer maxWaiting;
    private @Nullable Integer maxWaitingThreads;
    private @Nullable Boolean parking;
    private @Nullable Boolean rewriteRemoteAddress;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder() {}

    /**
     * Sets the selector of the chain for each request. Either this or a single chain is required.
     */
    public Builder guards(GuardSelector guards) {
      this.guards = once("guards", this.guards, guards);
      return this;
    }

    /**
     * Sets the chain for all requests; {@link GuardChain#empty()} admits all of them. Either this
     * or a selector is required.
     */
    public Builder guards(GuardChain chain) {
      return guards(GuardSelector.always(requireNonNull(chain, "chain")));
    }

    /** Sets the resolver of client addresses. Default: the transport peer is the client. */
    public Builder clientAddress(ClientAddressResolver clients) {
      this.clients = once("clientAddress", this.clients, clients);
      return this;
    }

    /** Sets the renderer of rejections. Default: {@link RejectionRenderer#problemJson()}. */
    public Builder rejections(RejectionRenderer renderer) {
      return rejections(RejectionHandler.rendering(renderer));
    }

    /**
     * Sets the handler that responds to rejected requests, instead of a renderer: a custom one,
     * {@link RejectionHandler#sendingError} or {@link RejectionHandler#throwing}.
     */
    public Builder rejections(RejectionHandler handler) {
      this.rejections = once("rejections", rejections, handler);
      return this;
    }

    /**
     * Sets the limits of multipart bodies that guards have inspected. This filter then parses them
     * for {@code getPart(s)} and {@code getParameter*}, so use the limits of the application's
     * servlet. Default: 10 MiB, of which 64 KiB per part are held in memory.
     */
    public Builder multipart(MultipartConfigElement limits) {
      this.multipart = once("multipart", multipart, limits);
      return this;
    }

    /**
     * Sets the memory budget for held body bytes of all requests. Several filters can share a
     * budget. If it is exhausted, the request is rejected with 503 and counted in {@link
     * BodyBudget#rejections}. Default: {@link BodyBudget#ofHeapFraction}, for this filter alone.
     */
    public Builder bodyBudget(BodyBudget budget) {
      this.bodyBudget = once("bodyBudget", bodyBudget, budget);
      return this;
    }

    /**
     * Sets the maximum number of concurrently waiting requests, including those on virtual threads
     * and parked ones. Further requests are rejected with 503. A pending verdict that arrives
     * within 100 ms is not counted. 1 to 1,000,000; default: 10,000.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxWaiting(int requests) {
      range("maxWaiting", requests, 1, MAX_REQUESTS);
      this.maxWaiting = once("maxWaiting", maxWaiting, requests);
      return this;
    }

    /**
     * Sets the maximum number of requests that hold a platform thread while they wait. Further
     * requests are rejected with 503. A pending verdict that arrives within 100 ms is not counted.
     * Use a value well below the thread count of the container, whose threads these requests
     * occupy. 1 to 1,000,000; default: 50. Tomcat and Jetty have 200 threads by default, Undertow 8
     * per processor.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxWaitingThreads(int requests) {
      range("maxWaitingThreads", requests, 1, MAX_REQUESTS);
      this.maxWaitingThreads = once("maxWaitingThreads", maxWaitingThreads, requests);
      return this;
    }

    /**
     * Sets whether requests wait without a thread ({@code startAsync}) where this cannot bypass
     * another filter: the application has no other filter, the request is not an upgrade, and
     * asynchronous requests are supported. Otherwise requests wait on their threads, and a warning
     * with the reason is logged. The dispatcher type of a parked request is {@code REQUEST} for the
     * servlet if the filter is also registered for {@code ASYNC}, otherwise {@code ASYNC}. Default:
     * false.
     */
    public Builder parking(boolean parking) {
      this.parking = once("parking", this.parking, parking);
      return this;
    }

    /**
     * Sets whether {@code getRemoteAddr} and {@code getRemoteHost} return the numeric address of
     * the resolved client to the application, instead of that of the transport peer. The remote
     * port remains that of the peer. Default: false.
     */
    public Builder rewriteRemoteAddress(boolean rewrite) {
      this.rewriteRemoteAddress = once("rewriteRemoteAddress", rewriteRemoteAddress, rewrite);
      return this;
    }

    /**
     * Sets the timer of parked requests. The filter does not shut it down. Default: a dedicated
     * thread.
     */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = once("scheduler", this.scheduler, scheduler);
      return this;
    }

    /**
     * Builds the filter.
     *
     * @throws IllegalStateException if no guards were set
     */
    public GatewayFilter build() {
      return new GatewayFilter(settings());
    }

    FilterSettings settings() {
      if (guards == null) {
        throw new IllegalStateException(
            "guards: none (expected: a GuardSelector or GuardChain; GuardChain.empty() admits all)");
      }
      return new FilterSettings(
          guards,
          clients == null ? ClientAddressResolver.peer() : clients,
          rejections == null
              ? RejectionHandler.rendering(RejectionRenderer.problemJson())
              : rejections,
          multipart,
          bodyBudget == null ? BodyBudget.ofHeapFraction() : bodyBudget,
          new WaitSlots(
              maxWaiting == null ? MAX_WAITING : maxWaiting,
              maxWaitingThreads == null ? MAX_WAITING_THREADS : maxWaitingThreads),
          new Parking(parking != null && parking, GatewayFilter.class),
          rewriteRemoteAddress != null && rewriteRemoteAddress,
          scheduler == null ? FilterSettings.ownScheduler() : scheduler,
          scheduler == null);
    }
  }
}
