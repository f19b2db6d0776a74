package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.api.upstream.OutcomeReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Leases one after the other without an object for each, for callers who keep one of these per
 * connection or worker: beginning and ending allocate nothing. Each lease has a number, and who
 * ends it names it, so an end that comes twice, or late, when the next lease runs, changes nothing
 * and is counted as misuse. A lease that is still open when the next begins is ended as cancelled
 * and counted as lost; so is one whose {@code ReusableLease} becomes garbage.
 *
 * <pre>{@code
 * long number = lease.begin(context.reset());
 * if (number != ReusableLease.NONE) {
 *   int status = call(lease.payload());
 *   lease.end(number, Outcome.SUCCESS, status);
 * }
 * }</pre>
 *
 * <p>One thread at a time begins leases and reads where they lead; any thread may end them, also
 * after the group was closed. As with {@link FailoverGroup#select}, attempts and retry budget are
 * not counted.
 *
 * @param <T> the payload of the endpoints
 */
public final class ReusableLease<T> implements AutoCloseable {
  /** What {@link #begin} returns if there is no endpoint. */
  public static final long NONE = 0;

  private final Slot<T> slot;
  private final LeaseBook<T> book;

  ReusableLease(Selection<T> selection, LeaseBook<T> book) {
    this.book = book;
    Slot<T> slot = new Slot<>(selection);
    this.slot = slot;
    LeaseBook.Watch unused = book.watch(this, slot::lost);
  }

  /**
   * The lease itself, apart so that its end can be found when the object around it is garbage.
   *
   * <p>Why a late end harms nobody: the fields are written before the word says that a lease of a
   * new number is open, and not again before it says that it is closed. An end reads the word, then
   * the fields, then exchanges the word; numbers never come back, so if the exchange succeeds the
   * word did not change in between, and the fields are those of that number.
   */
  private static final class Slot<T> {
    private static final VarHandle WORD;

    static {
      try {
        WORD = MethodHandles.lookup().findVarHandle(Slot.class, "word", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private static final long OPEN = 1;

    final Selection<T> selection;

    /** The number, and whether its lease is open in the lowest bit. */
    private volatile long word;

    @Nullable LineState<T> line;
    @Nullable EndpointState<T> state;
    @Nullable Endpoint<T> endpoint;
    private long permit;
    private long linePermit;
    private long start;

    Slot(Selection<T> selection) {
      this.selection = selection;
    }

    long open(SelectContext chosen, long now) {
      line = chosen.lastLine();
      EndpointState<T> chosenState = chosen.lastEndpoint();
      state = chosenState;
      endpoint = chosenState.endpoint;
      permit = chosen.permit();
      linePermit = chosen.linePermit();
      start = now;
      long number = (word >>> 1) + 1;
      WORD.setRelease(this, number << 1 | OPEN);
      return number;
    }

    boolean end(long number, Outcome outcome, int status, long now) {
      long open = number << 1 | OPEN;
      if (word != open) {
        return false;
      }
      LineState<T> line = requireNonNull(this.line);
      EndpointState<T> state = requireNonNull(this.state);
      long permit = this.permit;
      long linePermit = this.linePermit;
      long latency = now - start;
      if (!WORD.compareAndSet(this, open, open & ~OPEN)) {
        return false;
      }
      selection.ended(line, state, outcome, status, now, latency);
      state.report(permit, outcome, latency, now);
      line.report(linePermit, outcome, latency, now);
      return true;
    }

    /** Ends what is open as cancelled; returns its endpoint, or null if nothing was. */
    @Nullable String lost() {
      long seen = word;
      Endpoint<T> leased = endpoint;
      boolean wasOpen =
          (seen & OPEN) != 0
              && end(seen >>> 1, Outcome.CANCELLED, OutcomeReport.NO_STATUS, selection.now());
      return wasOpen && leased != null ? leased.id() : null;
    }
  }

  /**
   * Leases an endpoint, leaving out those the context has tried.
   *
   * @return the lease's number, or {@link #NONE} if there is no endpoint
   */
  public long begin(SelectContext context) {
    return begin(context, slot.selection.now());
  }

  /** As {@link #begin(SelectContext)}, for callers who have just read the group's ticker. */
  public long begin(SelectContext context, long now) {
    if ((slot.word & Slot.OPEN) != 0) {
      String endpoint = slot.lost();
      if (endpoint != null) {
        book.lost(endpoint);
      }
    }
    return slot.selection.choose(context, now) ? slot.open(context, now) : NONE;
  }

  /**
   * Returns the endpoint of the lease that began last.
   *
   * @throws IllegalStateException if none has begun
   */
  public Endpoint<T> endpoint() {
    Endpoint<T> endpoint = slot.endpoint;
    if (endpoint == null) {
      throw new IllegalStateException("lease: none (expected: one that began)");
    }
    return endpoint;
  }

  /** Returns the payload of {@link #endpoint()}. */
  public T payload() {
    return endpoint().payload();
  }

  /**
   * Says how the attempt ended.
   *
   * @param number what {@link #begin} returned
   * @param status the HTTP status or {@link OutcomeReport#NO_STATUS}
   */
  public void end(long number, Outcome outcome, int status) {
    end(number, outcome, status, slot.selection.now());
  }

  /** As the other one, for callers who have just read the group's ticker. */
  public void end(long number, Outcome outcome, int status, long now) {
    if (!slot.end(number, outcome, status, now)) {
      book.repeated();
    }
  }

  /** Gives back what is open, without having learnt anything. */
  @Override
  public void close() {
    String unused = slot.lost();
  }
}
