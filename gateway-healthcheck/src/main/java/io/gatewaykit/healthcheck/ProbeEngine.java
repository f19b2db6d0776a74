package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which all probes of any number of checkers run, none of them waiting for
 * another. Closing it ends the thread and all connections; checkers that use it must be closed
 * before. Thread-safe.
 */
public final class ProbeEngine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProbeEngine.class);

  private final Ticker ticker;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();

  // The engine's thread alone uses these two.
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long timerCount;

  private volatile boolean closed;

  /** Something to do at a time; ties in the order in which they were asked for. */
  private record Timer(long at, long number, Runnable task) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      long difference = at - other.at; // times wrap: only differences may be compared
      return difference != 0 ? Long.signum(difference) : Long.compare(number, other.number);
    }
  }

  private ProbeEngine(Builder builder) {
    ticker = builder.ticker;
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("no selector", e);
    }
    thread = new Thread(this::run, builder.threadName);
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  Ticker ticker() {
    return ticker;
  }

  /** Runs the task on the engine's thread; after closing, never. */
  void execute(Runnable task) {
    submitted.add(task);
    selector.wakeup();
  }

  /** Runs the task at a time. Called on the engine's thread. */
  void at(long nanos, Runnable task) {
    timers.add(new Timer(nanos, timerCount++, task));
  }

  /** Starts a probe. Called on the engine's thread; so is {@code whenDone}, if not cancelled. */
  ProbeAttempt probe(Target target, Probe probe, Duration timeout, Consumer<ProbeResult> whenDone) {
    long now = ticker.read();
    var attempt = new ProbeAttempt(target, probe, now, whenDone);
    attempt.begin(selector, now);
    if (!attempt.isDone()) {
      at(now + timeout.toNanos(), () -> attempt.timedOut(ticker.read()));
    }
    return attempt;
  }

  private void run() {
    try {
      while (!closed) {
        select();
        for (SelectionKey key : selector.selectedKeys()) {
          guarded(() -> ((ProbeAttempt) key.attachment()).ready(key, ticker.read()));
        }
        selector.selectedKeys().clear();
        for (Runnable task = submitted.poll(); task != null; task = submitted.poll()) {
          guarded(task);
        }
        runTimers();
      }
    } catch (IOException e) {
      log.error("the probe engine's selector failed: probes have ended", e);
    } finally {
      closeAll();
    }
  }

  private void select() throws IOException {
    Timer next = timers.peek();
    if (next == null) {
      selector.select();
      return;
    }
    long wait = next.at() - ticker.read();
    if (wait <= 0) {
      selector.selectNow();
    } else {
      selector.select(TimeUnit.NANOSECONDS.toMillis(wait) + 1); // rounded up: no spinning
    }
  }

  private void runTimers() {
    long now = ticker.read();
    for (Timer next = timers.peek(); next != null && next.at() - now <= 0; next = timers.peek()) {
      timers.remove();
      guarded(next.task());
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) { // one probe's or listener's fault must not end all others
      log.error("a probe task failed", e);
    }
  }

  private void closeAll() {
    for (SelectionKey key : selector.keys()) {
      ((ProbeAttempt) key.attachment()).cancel();
    }
    try {
      selector.close();
    } catch (IOException e) {
      log.warn("closing the selector failed", e);
    }
  }

  /** Ends the thread, and waits until it has ended unless called on it. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects the settings of a {@link ProbeEngine}. Not thread-safe. */
  public static final class Builder {
    private Ticker ticker = Ticker.system();
    private String threadName = "gateway-probes";

    private Builder() {}

    /** Sets the source of time. Default: {@link Ticker#system()}. */
    public Builder ticker(Ticker ticker) {
      this.ticker = requireNonNull(ticker, "ticker");
      return this;
    }

    /** Sets the name of the thread. Default: {@code gateway-probes}. */
    public Builder threadName(String name) {
      this.threadName = requireNonNull(name, "name");
      return this;
    }

    /** Starts the engine: a daemon thread. */
    public ProbeEngine build() {
      return new ProbeEngine(this);
    }
  }
}
