package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread on which all probes of any number of checkers run, none of them waiting for
 * another. Closing it ends the thread and all connections; checkers that use it must be closed
 * before. Thread-safe.
 */
public final class ProbeEngine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProbeEngine.class);

  private static final int READ_BUFFER = 16 * 1_024;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Ticker ticker;
  private final Selector selector;
  private final Thread thread;
  private final Offload offload;
  private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
  private final int maxInFlight;
  private final int maxDownInFlight;
  private final long seed;

  // The engine's thread alone uses these.
  private final TimerWheel wheel;
  private final SplittableRandom random;
  private final byte[] readBuffer = new byte[READ_BUFFER];
  private final Queue<TargetProber> waiting = new ArrayDeque<>();
  private final Queue<TargetProber> waitingDown = new ArrayDeque<>();
  private int downInFlight;

  /** Written by the engine's thread alone. */
  private volatile int inFlight;

  private volatile long lag;
  private volatile boolean closed;

  private ProbeEngine(Builder builder) {
    ticker = builder.ticker;
    maxInFlight = builder.maxInFlight;
    maxDownInFlight = Math.max(1, (int) (maxInFlight * builder.downShare));
    seed = builder.seed;
    random = new SplittableRandom(seed);
    wheel = new TimerWheel(ticker.read());
    offload = new Offload(builder.threadName + "-helper");
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
    if (!closed) {
      submitted.add(task);
      selector.wakeup();
    }
  }

  /** Runs a task that may take long on a helper thread, and another on the engine's after it. */
  void offload(Runnable task, Runnable then) {
    offload.execute(() -> {
      try {
        task.run();
      } finally {
        execute(then);
      }
    });
  }

  /** Calls listeners, off the engine's thread, which they must not hold up. */
  Executor events() {
    return offload;
  }

  Selector selector() {
    return selector;
  }

  TimerWheel wheel() {
    return wheel;
  }

  SplittableRandom random() {
    return random;
  }

  /** Lent for the length of one read. */
  byte[] readBuffer() {
    return readBuffer;
  }

  long seed() {
    return seed;
  }

  /**
   * Starts the prober now, or when there is a place for it. Targets that are down may hold only a
   * share of all places: they are the ones that keep them until the deadline.
   */
  void admit(TargetProber prober, boolean down) {
    if (inFlight < maxInFlight && (!down || downInFlight < maxDownInFlight)) {
      take(prober, down);
    } else {
      (down ? waitingDown : waiting).add(prober);
    }
  }

  private void take(TargetProber prober, boolean down) {
    count(1);
    downInFlight += down ? 1 : 0;
    prober.start(down);
  }

  /** Gives a place back, and to the next in the queue. */
  void release(boolean down) {
    count(-1);
    downInFlight -= down ? 1 : 0;
    if (inFlight < maxInFlight && !(waiting.isEmpty() && waitingDown.isEmpty())) {
      submitted.add(this::admitWaiting); // not from here: the stack would grow with the queue
    }
  }

  private void admitWaiting() {
    while (inFlight < maxInFlight) {
      boolean down = downInFlight < maxDownInFlight && !waitingDown.isEmpty();
      TargetProber next = down ? waitingDown.poll() : waiting.poll();
      if (next == null) {
        return;
      }
      take(next, down);
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void count(int change) {
    inFlight += change;
  }

  /** Returns how many probes are under way. */
  public int inFlight() {
    return inFlight;
  }

  /** Returns by how much the engine was late of late, in nanoseconds: its own health. */
  public long lagNanos() {
    return lag;
  }

  private void run() {
    try {
      while (!closed) {
        select();
        for (SelectionKey key : selector.selectedKeys()) {
          guarded(((ProbeConnection) key.attachment())::ready);
        }
        selector.selectedKeys().clear();
        for (Runnable task = submitted.poll(); task != null; task = submitted.poll()) {
          guarded(task);
        }
        guarded(() -> wheel.advance(ticker.read()));
      }
    } catch (IOException e) {
      log.error("the probe engine's selector failed: probes have ended", e);
    } finally {
      closeAll();
    }
  }

  private void select() throws IOException {
    long before = ticker.read();
    long wait = submitted.isEmpty() ? wheel.untilNext(before) : 0;
    if (wait == Long.MAX_VALUE) {
      selector.select();
    } else if (wait <= 0) {
      selector.selectNow();
    } else {
      selector.select((wait + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI); // rounded up: no spinning
      long late = ticker.read() - before - wait;
      lag = Math.max(0, Math.max(late, lag - lag / 16)); // a peak that fades
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | LinkageError | AssertionError e) {
      log.error("a probe task failed", e); // one probe's fault must not end all others
    }
  }

  private void closeAll() {
    for (SelectionKey key : selector.keys()) {
      ((ProbeConnection) key.attachment()).close();
    }
    offload.close();
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
    private int maxInFlight = 512;
    private double downShare = 0.25;
    private long seed = new SecureRandom().nextLong(); // two gateways must not probe in step

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

    /**
     * Sets how many probes may be under way at once; others wait. Default: 512.
     *
     * @throws IllegalArgumentException if it is not 1..65,536
     */
    public Builder maxInFlight(int probes) {
      if (probes < 1 || probes > 65_536) {
        throw new IllegalArgumentException("maxInFlight: " + probes + " (expected: 1..65536)");
      }
      maxInFlight = probes;
      return this;
    }

    /**
     * Sets which share of them targets that are down may hold, at least one. Default: 0.25.
     *
     * @throws IllegalArgumentException if it is not 0..1
     */
    public Builder downShare(double share) {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("downShare: " + share + " (expected: 0..1)");
      }
      downShare = share;
      return this;
    }

    /** Sets the seed of phases and jitter. Default: random, so that no two processes agree. */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /** Starts the engine: a daemon thread. */
    public ProbeEngine build() {
      return new ProbeEngine(this);
    }
  }
}
