package io.gatewaykit.failover;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The right to try one endpoint, and the only way to say how it went. The first report counts,
 * later ones do nothing; closing without a report says that nothing was learnt. Thread-safe.
 *
 * @param <T> the payload of the endpoint
 */
public final class Lease<T> implements AutoCloseable {
  private static final VarHandle ENDED;

  static {
    try {
      ENDED = MethodHandles.lookup().findVarHandle(Lease.class, "ended", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Selection<T> selection;
  private final LineState<T> line;
  private final EndpointState<T> state;
  private final Endpoint<T> endpoint;
  private final long start;

  @SuppressWarnings("unused") // through ENDED
  private volatile boolean ended;

  Lease(Selection<T> selection, LineState<T> line, EndpointState<T> state, long start) {
    this.selection = selection;
    this.line = line;
    this.state = state;
    this.endpoint = state.endpoint;
    this.start = start;
  }

  /** Returns the endpoint to try. */
  public Endpoint<T> endpoint() {
    return endpoint;
  }

  /** Returns the endpoint's payload. */
  public T payload() {
    return endpoint.payload();
  }

  /** Returns the id of the endpoint's line. */
  public String line() {
    return line.line.id();
  }

  /** Says that the attempt succeeded, with this HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void succeed(int status) {
    end(Outcome.SUCCESS, status);
  }

  /** Says how the attempt ended, with the HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void end(Outcome outcome, int status) {
    if (ENDED.compareAndSet(this, false, true)) {
      selection.ended(line, state, outcome, status, start);
    }
  }

  /** Gives the lease back without having learnt anything, unless it was reported on. */
  @Override
  public void close() {
    end(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
  }
}
