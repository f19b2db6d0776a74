package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Puts a guard chain before a servlet application. Register it first, for the dispatcher types
 * {@code REQUEST} and {@code ASYNC}, with {@code asyncSupported}: a delayed or pending request is
 * parked with {@code startAsync}, so that waiting holds no thread.
 *
 * <p>A request is guarded once, however often the application forwards, includes or dispatches it.
 * Thread-safe. Closing it, as {@link #destroy} does, ends the timer thread if it has one of its
 * own.
 */
public final class GatewayFilter implements Filter, AutoCloseable {
  private final GuardSelector guards;
  private final ClientAddressResolver clients;
  private final RejectionRenderer renderer;
  private final boolean multipart;
  private final ScheduledExecutorService scheduler;
  private final boolean ownsScheduler;

  /** Per filter, so that two of them can guard one request. */
  private final String attribute =
      GatewayFilter.class.getName() + "." + System.identityHashCode(this);

  private GatewayFilter(Builder builder) {
    guards = builder.guards;
    clients = builder.clients;
    renderer = builder.renderer;
    multipart = builder.multipart;
    ownsScheduler = builder.scheduler == null;
    scheduler = builder.scheduler == null ? ownScheduler() : builder.scheduler;
  }

  private static ScheduledExecutorService ownScheduler() {
    var timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              var thread = new Thread(task, "gateway-filter-delays");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** Returns a filter with default settings before which the chain stands. */
  public static GatewayFilter of(GuardChain chain) {
    return builder().guards(GuardSelector.always(chain)).build();
  }

  /** Returns a builder of a filter that so far lets everything pass. */
  public static Builder builder() {
    return new Builder();
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
    if (run == null && http.getDispatcherType() == DispatcherType.REQUEST) {
      run = new FilterRun(this, http);
      http.setAttribute(attribute, run);
    }
    if (run != null && run.isWaiting()) {
      run.proceed(http, httpResponse, chain);
    } else {
      chain.doFilter(request, response); // the application's own forward, include, error or async
    }
  }

  GuardSelector guards() {
    return guards;
  }

  ClientAddressResolver clients() {
    return clients;
  }

  RejectionRenderer renderer() {
    return renderer;
  }

  boolean readsMultipart() {
    return multipart;
  }

  ScheduledExecutorService scheduler() {
    return scheduler;
  }

  @Override
  public void destroy() {
    close();
  }

  @Override
  public void close() {
    if (ownsScheduler) {
      scheduler.shutdown(); // what is parked still gets its turn
    }
  }

  /** Collects the settings of a {@link GatewayFilter}. Not thread-safe. */
  public static final class Builder {
    private GuardSelector guards = GuardSelector.always(GuardChain.empty());
    private ClientAddressResolver clients = ClientAddressResolver.peer();
    private RejectionRenderer renderer = RejectionRenderer.problemJson();
    private boolean multipart;
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
      this.renderer = requireNonNull(renderer, "renderer");
      return this;
    }

    /**
     * Sets whether guards see multipart bodies. Once they have, the container can no longer take
     * the parts apart: the application must read {@code getInputStream} instead of {@code
     * getPart(s)}. Default: false, guards that look at bodies do not see multipart ones.
     */
    public Builder readMultipart(boolean read) {
      this.multipart = read;
      return this;
    }

    /** Sets what wakes delayed requests up; it stays the caller's. Default: a thread of its own. */
    public Builder scheduler(ScheduledExecutorService scheduler) {
      this.scheduler = requireNonNull(scheduler, "scheduler");
      return this;
    }

    /** Builds the filter. */
    public GatewayFilter build() {
      return new GatewayFilter(this);
    }
  }
}
