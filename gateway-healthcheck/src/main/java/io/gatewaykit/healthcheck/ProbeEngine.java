package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.internal.wire.Outbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
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

  private static final int BUFFER = 16 * 1_024;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long JOIN_NANOS = 1_000_000_000;

  private final Ticker ticker;
  private final Selector selector;
  private final Thread thread;
  private final boolean driven;
  private final Offload offload;
  private final Transport transport;
  private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
  private final int maxKept;
  private final long seed;

  // The engine's thread alone uses these.
  private final TimerWheel wheel;
  private final SplittableRandom random;
  private final Places places;
  private final byte[] readBytes = new byte[BUFFER];
  private final ByteBuffer readBuffer = ByteBuffer.wrap(readBytes);
  private final ByteBuffer sendBuffer = ByteBuffer.allocateDirect(BUFFER);
  private final Outbox outbox = new Outbox();
  private final Consumer<SelectionKey> ready = ProbeEngine::ready;
  private final Runnable advance;
  private int kept;
  private boolean placeFree;

  /** Written by the engine's thread alone. */
  private volatile int inFlight;

  private volatile long lag;
  private volatile boolean closed;

  private ProbeEngine(Builder builder) {
    ticker = builder.ticker;
    maxKept = builder.maxKept;
    transport = builder.transport;
    driven = builder.driven;
    places =
        new Places(
            builder.maxInFlight,
            Math.max(1, (int) (builder.maxInFlight * builder.downShare)),
            builder.maxInFlightPerAddress);
    seed = builder.seed;
    random = new SplittableRandom(seed);
    wheel = new TimerWheel(ticker.read());
    advance = () -> wheel.advance(ticker.read());
    offload = new Offload(builder.threadName);
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("no selector", e);
    }
    thread = new Thread(this::run, builder.threadName);
    thread.setDaemon(true);
    if (!driven) {
      thread.start();
    }
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
    if (driven) {
      submitted.add(task);
      submitted.add(then);
      return;
    }
    offload.help(() -> {
      try {
        task.run();
      } finally {
        execute(then);
      }
    });
  }

  /** Calls listeners, off the engine's thread, which they must not hold up. */
  void tell(Runnable task) {
    if (driven) {
      submitted.add(task);
    } else {
      offload.tell(task);
    }
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

  /** Lent for the length of one read; what is read is in {@link #readBytes}. */
  ByteBuffer readBuffer() {
    return readBuffer.clear();
  }

  byte[] readBytes() {
    return readBytes;
  }

  /** Lent, empty, for the length of one write. */
  Outbox outbox() {
    outbox.clear();
    return outbox;
  }

  /** The bytes, ready to be written, without a copy that outlives the write. */
  ByteBuffer sendBuffer(byte[] bytes, int length) {
    return length <= BUFFER
        ? sendBuffer.clear().put(bytes, 0, length).flip()
        : ByteBuffer.wrap(bytes, 0, length);
  }

  long seed() {
    return seed;
  }

  Transport transport() {
    return transport;
  }

  Places places() {
    return places;
  }

  /** Gives a place back; who waits for one is let in at the end of this turn. */
  void release(Places.Address address, boolean down) {
    places.release(address, down); // not admitting from here: the stack would grow with the queue
    placeFree = true;
  }

  /** Whether one more connection may be kept between probes. */
  boolean keepOneMore() {
    if (kept >= maxKept) {
      return false;
    }
    kept++;
    return true;
  }

  void keepOneLess() {
    kept--;
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
        turn();
      }
    } catch (IOException e) {
      log.error("the probe engine's selector failed: probes have ended", e);
    } finally {
      closeAll();
    }
  }

  /** Does all there is to do but wait for connections. Tests call this themselves. */
  void turn() {
    for (Runnable task = submitted.poll(); task != null; task = submitted.poll()) {
      guarded(task);
    }
    if (placeFree) {
      placeFree = false;
      guarded(places::admit);
    }
    guarded(advance);
    inFlight = places.inFlight();
  }

  /** Waits until there is something to do, and lets connections that are ready go on. */
  private void select() throws IOException {
    long before = ticker.read();
    long wait = submitted.isEmpty() && !placeFree ? wheel.untilNext(before) : 0;
    if (wait == Long.MAX_VALUE) {
      selector.select(ready);
    } else if (wait <= 0) {
      selector.selectNow(ready);
    } else {
      selector.select(ready, (wait + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI); // no spinning
      long late = ticker.read() - before - wait;
      lag = Math.max(0, Math.max(late, lag - lag / 16)); // a peak that fades
    }
  }

  private static void ready(SelectionKey key) {
    try { // not by guarded: that would make an object for each answer
      ((ProbeConnection) key.attachment()).ready();
    } catch (RuntimeException | LinkageError | AssertionError e) {
      failed(e);
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | LinkageError | AssertionError e) {
      failed(e);
    }
  }

  /** One probe's fault must not end all others. */
  private static void failed(Throwable e) {
    log.error("a probe task failed", e);
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

  /**
   * Ends the engine's thread and its helpers, and waits until they have ended: for the helpers,
   * which may be inside a resolver or a listener that does not return, at most a second. Never
   * waits for the thread it is called on, nor, called on the engine's own, for any.
   */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    if (driven) {
      closeAll();
    }
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join();
      offload.join(JOIN_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Collects the settings of a {@link ProbeEngine}. Not thread-safe. */
  public static final class Builder {
    private Ticker ticker = Ticker.system();
    private String threadName = "gateway-probes";
    private int maxInFlight = 2_048;
    private int maxInFlightPerAddress = Integer.MAX_VALUE;
    private double downShare = 0.25;
    private int maxKept = 20_000;
    private Transport transport = ProbeConnection::new;
    private boolean driven;
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
     * Sets how many probes may be under way at once; others wait. Default: 2,048.
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

    /**
     * Sets how many probes may be under way at once to one IP address, whatever its ports. Default:
     * no limit of its own.
     *
     * @throws IllegalArgumentException if it is not 1..65,536
     */
    public Builder maxInFlightPerAddress(int probes) {
      if (probes < 1 || probes > 65_536) {
        throw new IllegalArgumentException(
            "maxInFlightPerAddress: " + probes + " (expected: 1..65536)");
      }
      maxInFlightPerAddress = probes;
      return this;
    }

    /**
     * Sets how many connections may be kept between probes; targets beyond get a new one for each
     * probe. Each takes a file descriptor. Default: 20,000.
     *
     * @throws IllegalArgumentException if it is not 0..1,000,000
     */
    public Builder maxKeptConnections(int connections) {
      if (connections < 0 || connections > 1_000_000) {
        throw new IllegalArgumentException(
            "maxKeptConnections: " + connections + " (expected: 0..1000000)");
      }
      maxKept = connections;
      return this;
    }

    /** Sets what makes connections; for tests. */
    Builder transport(Transport transport) {
      this.transport = transport;
      return this;
    }

    /** Starts no thread: the test calls {@link ProbeEngine#turn()}. */
    Builder driven() {
      driven = true;
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
