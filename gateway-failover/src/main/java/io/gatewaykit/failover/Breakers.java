package io.gatewaykit.failover;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.failover.CircuitBreaker.Change;
import io.gatewaykit.failover.CircuitBreaker.State;
import org.jspecify.annotations.Nullable;

/**
 * Gives endpoints and lines their circuit breakers, if the group has any.
 *
 * <p>An open breaker takes its endpoint or line out of the tables, so that a pick among many dead
 * ones costs no more than among living ones. The next build asks the breaker itself whether it
 * would admit again; so changes that are told out of order do no harm.
 */
final class Breakers {
  /** What an admission without a breaker is reported to: nobody. */
  static final long NO_PERMIT = -1;

  private final @Nullable CircuitBreakerBuilder ofEndpoints;
  private final @Nullable CircuitBreakerBuilder ofLines;
  private final Ticker ticker;
  private final Runnable stale;

  Breakers(FailoverGroupBuilder<?> builder, Runnable stale) {
    ofEndpoints = builder.breaker;
    ofLines = builder.lineBreaker;
    ticker = builder.ticker;
    this.stale = stale;
  }

  /** Before the table that holds the endpoint is published. */
  void attach(EndpointState<?> endpoint) {
    if (ofEndpoints != null && endpoint.breaker == null) {
      endpoint.breaker =
          build(
              ofEndpoints,
              endpoint.endpoint.id(),
              open -> endpoint.veto(EndpointState.VETO_BREAKER, open));
    }
  }

  /** Before the table that holds the line is published. */
  void attach(LineState<?> line) {
    if (ofLines != null && line.breaker == null) {
      line.breaker = build(ofLines, line.line.id(), line::veto);
    }
  }

  /** Sets or lifts a veto; true if that changed something. */
  private interface Veto {
    boolean veto(boolean open);
  }

  private CircuitBreaker build(CircuitBreakerBuilder settings, String name, Veto veto) {
    CircuitBreakerBuilder own = settings.copy();
    CircuitBreaker.Listener users = own.listener;
    return own.name(name)
        .ticker(ticker)
        .listener(
            new CircuitBreaker.Listener() {
              @Override
              public void onChange(Change change) {
                State to = change.to();
                if (veto.veto(to == State.OPEN || to == State.FORCED_OPEN)) {
                  stale.run();
                }
                users.onChange(change);
              }
            })
        .build();
  }

  /** Lets back what its breaker would admit, and returns when to look again if that is earlier. */
  static long review(EndpointState<?> endpoint, long now, long due) {
    CircuitBreaker breaker = endpoint.breaker;
    if (breaker == null) {
      return due;
    }
    boolean unused = endpoint.veto(EndpointState.VETO_BREAKER, breaker.isOpen(now));
    return earlier(breaker, now, due);
  }

  /** As for endpoints. */
  static long review(LineState<?> line, long now, long due) {
    CircuitBreaker breaker = line.breaker;
    if (breaker == null) {
      return due;
    }
    boolean unused = line.veto(breaker.isOpen(now));
    return earlier(breaker, now, due);
  }

  private static long earlier(CircuitBreaker breaker, long now, long due) {
    long left = breaker.openNanos(now);
    return left > 0 && now + left - due < 0 ? now + left : due;
  }

  static long admit(@Nullable CircuitBreaker breaker, long now) {
    return breaker == null ? NO_PERMIT : breaker.tryAcquire(now);
  }
}
