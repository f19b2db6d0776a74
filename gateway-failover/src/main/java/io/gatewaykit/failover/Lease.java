package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The right to try one endpoint, and the only way to say how it went. The first report counts;
 * later ones change nothing and are counted as misuse. Closing without a report says that nothing
 * was learnt, so {@code try (lease)} is always right. Thread-safe: any thread may report, also
 * after the group was closed or the endpoint removed.
 *
 * @param <T> the payload of the endpoint
 */
public final class Lease<T> implements AutoCloseable {
  private static final VarHandle OUTCOME;
  private static final VarHandle CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      OUTCOME = lookup.findVarHandle(Lease.class, "outcome", Outcome.class);
      CLOSED = lookup.findVarHandle(Lease.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Selection<T> selection;
  private final LineState<T> line;
  private final EndpointState<T> endpointState;
  private final Endpoint<T> endpoint;
  private final long start;
  private final long permit;
  private final long linePermit;
  private @Nullable LeaseBook<T> book;
  private LeaseBook.@Nullable Watch watch;
  private volatile @Nullable Connection connection;

  /** When the answer began, for leases that say so; what it means says {@link #answer}. */
  private volatile long answered;

  /**
   * 0, which is no write and so costs a new lease no fence; {@link #BEGUN} or {@link #LONG_LIVED}.
   */
  private volatile byte answer;

  /** How it ended, null while it has not; set once. */
  private volatile @Nullable Outcome outcome;

  @SuppressWarnings("unused") // through CLOSED
  private volatile boolean closed;

  private static final byte BEGUN = 1;
  private static final byte LONG_LIVED = 2;

  /** Begins the lease that {@link Selection#choose} has just counted. */
  Lease(Selection<T> selection, SelectContext chosen, long start) {
    this.selection = selection;
    this.line = requireNonNull(chosen.lastLine());
    this.endpointState = chosen.lastEndpoint();
    this.endpoint = endpointState.endpoint;
    this.permit = chosen.permit();
    this.linePermit = chosen.linePermit();
    this.start = start;
  }

  /** A long-lived connection under a lease, which can be asked to go. */
  public interface Connection {
    /**
     * Called once when the endpoint is being drained: the connection should end soon, and the
     * client connect anew, which will lead elsewhere. On a timer's thread; must not block.
     *
     * @param left until when it may stay
     */
    void onDrain(Duration left);

    /** Called when that time is over and the connection is still there. Default: nothing. */
    default void onDeadline() {}
  }

  /** Enters the lease in the group's book; before anybody else sees it. */
  Lease<T> enter(LeaseBook<T> book) {
    this.book = book;
    if (book.choosesToWatch()) {
      watch = book.watch(this, ending(selection, line, endpointState, permit, linePermit, start));
    }
    return this;
  }

  /** Not a lambda in the caller, which would hold the lease itself. */
  private static <T> LeaseBook.Ending ending(
      Selection<T> selection,
      LineState<T> line,
      EndpointState<T> state,
      long permit,
      long linePermit,
      long start) {
    return () -> {
      long now = selection.now();
      selection.ended(line, state, Outcome.CANCELLED, OutcomeReport.NO_STATUS, now, -1);
      state.report(permit, Outcome.CANCELLED, now - start, now);
      line.report(linePermit, Outcome.CANCELLED, now - start, now);
      return state.endpoint.id();
    };
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

  /**
   * Returns the token to give to the client, so that its next requests come back to this endpoint;
   * null if the group has no {@link FailoverGroupBuilder#sticky}, or the one it brought is right as
   * it is.
   *
   * @param brought the token that the client brought, if any
   */
  public @Nullable String stickyToken(@Nullable String brought) {
    return selection.stickyToken(endpointState, brought);
  }

  /**
   * Says that the answer has begun. Its latency is measured up to here, so that a long body, or a
   * slow reader, does not make the endpoint look slow. The lease still wants an end.
   */
  public void answered() {
    if (answer == 0) {
      answered = selection.now();
      answer = BEGUN; // after the time: whoever sees this sees that
    }
  }

  /**
   * Says that the attempt waits on purpose, as a long poll does: how long it takes says nothing of
   * the endpoint. The lease still wants an end.
   */
  public void longLived() {
    if (answer != LONG_LIVED && outcome == null) {
      answer = LONG_LIVED;
      endpointState.longLived(true);
    }
  }

  /**
   * Says that the attempt has become a long-lived connection, such as a WebSocket: it counts as one
   * as long as the lease is not ended, how long that takes says nothing of the endpoint, and a
   * {@link FailoverGroup#drain} asks it to go. To be called by the thread that will end the lease.
   */
  public void asConnection(Connection connection) {
    longLived();
    this.connection = requireNonNull(connection, "connection");
    if (book != null && outcome == null) {
      book.drainer().opened(endpointState, this);
    }
  }

  void onDrain(Duration left) {
    if (connection != null) {
      connection.onDrain(left);
    }
  }

  void onDeadline() {
    if (connection != null) {
      connection.onDeadline();
    }
  }

  /** Says that the attempt succeeded, with this HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void succeed(int status) {
    end(Outcome.SUCCESS, status);
  }

  /** Says how the attempt ended, with the HTTP status or {@link OutcomeReport#NO_STATUS}. */
  public void end(Outcome outcome, int status) {
    if (!tryEnd(outcome, status) && book != null) {
      book.repeated();
    }
  }

  /**
   * Says that the endpoint is busy and asked to be left alone, as by {@code 429} or {@code 503}
   * with {@code Retry-After}: it gets nothing new for that time, at most {@link
   * RetryPolicy.Builder#maxPushback}, as long as others are there. That is no failure of it.
   *
   * @param retryAfter what it asked for; zero or less for nothing
   * @param status the HTTP status or {@link OutcomeReport#NO_STATUS}
   */
  public void pushBack(Duration retryAfter, int status) {
    if (tryEnd(Outcome.REJECTED_REMOTE, status)) {
      if (book != null) {
        endpointState.rest(book.restUntil(retryAfter));
      }
    } else if (book != null) {
      book.repeated();
    }
  }

  /** Gives the lease back without having learnt anything, unless it was reported on. */
  @Override
  public void close() {
    boolean ended = tryEnd(Outcome.CANCELLED, OutcomeReport.NO_STATUS);
    boolean again = (boolean) CLOSED.getAndSet(this, true);
    if (!ended && again && book != null) {
      book.repeated();
    }
  }

  /** Reports what the execution knows, unless the call has reported itself. */
  void settle(Outcome outcome) {
    boolean unused = tryEnd(outcome, OutcomeReport.NO_STATUS);
  }

  void release() {
    settle(Outcome.CANCELLED);
  }

  private boolean tryEnd(Outcome outcome, int status) {
    if (!OUTCOME.compareAndSet(this, null, outcome)) {
      return false;
    }
    long now = selection.now();
    byte said = answer;
    boolean longLived = said == LONG_LIVED;
    long latency = (said == BEGUN ? answered : now) - start;
    selection.ended(line, endpointState, outcome, status, now, longLived ? -1 : latency);
    endpointState.report(permit, outcome, longLived ? 0 : latency, now);
    line.report(linePermit, outcome, longLived ? 0 : latency, now);
    if (longLived) {
      endpointState.longLived(false);
    }
    LeaseBook<T> entered = book;
    if (entered != null) {
      entered.ended(watch);
      if (connection != null) {
        entered.drainer().closed(endpointState, this);
      }
    }
    return true;
  }

  /** Returns how the attempt ended; {@link Outcome#CANCELLED} while it has not. */
  Outcome outcome() {
    Outcome said = outcome;
    return said == null ? Outcome.CANCELLED : said;
  }
}
