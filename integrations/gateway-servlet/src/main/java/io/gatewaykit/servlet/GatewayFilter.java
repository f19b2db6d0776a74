package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
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
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Puts a guard chain before a servlet application. Register it first, with {@code asyncSupported}:
 * a delayed or pending request is parked with {@code startAsync}, so that waiting holds no thread,
 * and then dispatched to the application.
 *
 * <p>A request is guarded once, however often the application forwards, includes or dispatches it,
 * and whatever dispatcher types the filter is registered for besides {@code REQUEST}. Thread-safe.
 * Closing it, as {@link #destroy} does, ends the timer thread if it has one of its own.
 */
public final class GatewayFilter implements Filter, AutoCloseable {
  /**
   * The servlet context's attribute in which a filter without other parameters finds its guards.
   */
  public static final String GUARDS_ATTRIBUTE = "io.gatewaykit.guards";

  /** Per filter, so that two of them can guard one request. */
  private final String attribute = GatewayFilter.class.getName() + "." + UUID.randomUUID();

  private volatile @Nullable FilterSettings settings;

  /**
   * For deployment descriptors: the filter is built by its init-parameters when the container
   * starts it.
   *
   * <table>
   * <caption>Init-parameters</caption>
   * <tr><td>{@code guards}</td><td>the name of a class that implements {@link GuardSelector} and has
   * a public constructor without parameters</td></tr>
   * <tr><td>{@code guards-attribute}</td><td>instead of it, the servlet context's attribute that
   * holds a {@link GuardSelector} or {@link GuardChain}; default {@value #GUARDS_ATTRIBUTE}</td></tr>
   * <tr><td>{@code client-address.header}</td><td>{@code none} (default), {@code x-forwarded-for} or
   * {@code forwarded}</td></tr>
   * <tr><td>{@code client-address.trusted-proxies}</td><td>blocks of addresses, separated by
   * commas</td></tr>
   * <tr><td>{@code client-address.trusted-hops}</td><td>0 to 16</td></tr>
   * <tr><td>{@code client-address.ipv6-prefix}</td><td>1 to 128, default 64</td></tr>
   * <tr><td>{@code rejections}</td><td>{@code problem-json} (default), {@code send-error} or {@code
   * throw}</td></tr>
   * <tr><td>{@code held-threads}</td><td>see {@link Builder#waitOnThread}</td></tr>
   * </table>
   */
  public GatewayFilter() {}

  private GatewayFilter(FilterSettings settings) {
    this.settings = settings;
  }

  /** Returns a filter with default settings before which the chain stands. */
  public static GatewayFilter of(GuardChain chain) {
    return builder().guards(GuardSelector.always(chain)).build();
  }

  /** Returns a builder of a filter that so far lets everything pass. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@inheritDoc}
   *
   * @throws ServletException if an init-parameter is unknown or has no good value, or the guards
   *     are not to be found
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    if (settings == null) {
      settings = FilterParameters.read(config).settings();
    } else {
      FilterParameters.expectNone(config);
    }
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
    } else if (http.getDispatcherType() == DispatcherType.REQUEST
        || http.getAttribute(FilterRun.RESUMED) != null) { // parked by another one before this
      FilterSettings current = settings;
      if (current == null) {
        throw new ServletException("GatewayFilter: init was not called");
      }
      run = new FilterRun(current, http, httpResponse);
      http.setAttribute(attribute, run);
      run.start(chain);
    } else {
      chain.doFilter(request, response); // a dispatch of what came past this filter
    }
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

  /** Collects the settings of a {@link GatewayFilter}. Not thread-safe. */
  public static final class Builder {
    private GuardSelector guards = GuardSelector.always(GuardChain.empty());
    private ClientAddressResolver clients = ClientAddressResolver.peer();
    private RejectionHandler rejections =
        RejectionHandler.rendering(RejectionRenderer.problemJson());
    private @Nullable MultipartConfigElement multipart;
    private @Nullable Semaphore threadsToHold;
    private @Nullable ScheduledExecutorService scheduler;

    private Builder() {}

    /** Sets which chain guards which request. Default: none guards any. */
    public Builder guards(GuardSelector guards) {
      this.guards = requireNonNull(guards, "guards");
      return this;
    }

    /** Sets how to find the client. Default: the transport peer is the client. */
    public Builder clientAddress(ClientAddressResolver clients) {
      this.clients = requireNonNull(clients, "clients");
      return this;
    }

    /** Sets what refused clients get. Default: {@link RejectionRenderer#problemJson()}. */
    public Builder rejections(RejectionRenderer renderer) {
      return onRejected(RejectionHandler.rendering(renderer));
    }

    /**
     * Sets who answers refused requests, instead of a renderer: code of your own, {@link
     * RejectionHandler#sendingError} or {@link RejectionHandler#throwing}.
     */
    public Builder onRejected(RejectionHandler handler) {
      this.rejections = requireNonNull(handler, "handler");
      return this;
    }

    /**
     * Sets the limits of multipart bodies that guards have looked at, which then this filter takes
     * apart for {@code getPart(s)} and {@code getParameter*}: the same that the application's
     * servlet has. Default: 10 MiB, of which 64 KiB a part are kept in memory.
     */
    public Builder multipart(MultipartConfigElement limits) {
      this.multipart = requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Has delayed and pending requests wait on their own threads, so many at a time; further ones
     * are refused with 503. For applications whose other filters are not registered for
     * asynchronous dispatches, through which a parked request would come past them; cheap where the
     * container uses virtual threads. Default: requests are parked.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder waitOnThread(int atMost) {
      if (atMost < 1) {
        throw new IllegalArgumentException("atMost: " + atMost + " (expected: > 0)");
      }
      this.threadsToHold = new Semaphore(atMost);
      return this;
    }

    /** Sets what wakes delayed requests up; it stays the caller's. Default: a thread of its own. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /** Builds the filter. */
    public GatewayFilter build() {
      return new GatewayFilter(settings());
    }

    FilterSettings settings() {
      return new FilterSettings(
          guards,
          clients,
          rejections,
          multipart,
          threadsToHold,
          scheduler == null ? FilterSettings.ownScheduler() : scheduler,
          scheduler == null,
          new AtomicBoolean());
    }
  }
}
