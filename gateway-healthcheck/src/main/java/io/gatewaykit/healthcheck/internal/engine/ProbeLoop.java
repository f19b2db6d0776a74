// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.api.Ticker;
import io.gatewaykit.healthcheck.internal.wire.Outbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loop of the engine: one thread that waits for I/O and timers, and runs tasks, without
 * ever blocking. Tasks may be submitted by any thread; methods for probes are confined to the
 * loop's thread.
 */
public final class ProbeLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProbeLoop.class);

  private static final int BUFFER = 16 * 1_024;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long JOIN_NANOS = 1_000_000_000;

  /** A connection, attached to its selection key. */
  interface Handler {
    /** Called when the channel is ready for an operation. */
    void ready();

    /** Closes the connection immediately. */
    void close();
  }

  private final Ticker ticker;
  private final Selector selector;
  private final Thread thread;
  private final boolean driven;
  private final BackgroundExecutor background;
  private final Queue<Runnable> submitted = new ConcurrentLinkedQueue<>();
  private final int maxKept;
  private final long seed;

  // Accessed by the engine thread only.
  private final TimerWheel wheel;
  private final SplittableRandom random;
  private final ProbeSlots slots;
  private final byte[] readBytes = new byte[BUFFER];
  private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(BUFFER);
  private final ByteBuffer sendBuffer = ByteBuffer.allocateDirect(BUFFER);
  private final Outbox outbox = new Outbox();
  private final Consumer<SelectionKey> ready = ProbeLoop::ready;
  private final Runnable advance;
  private int kept;
  private boolean slotReleased;

  /** Written by the engine thread only. */
  private volatile int inFlight;

  private volatile long lag;
  private volatile boolean closed;

  /** Creates the loop and starts its thread, which is a daemon, unless it is driven by a test. */
  public ProbeLoop(EngineSettings settings) {
    ticker = settings.ticker();
    maxKept = settings.maxKeptConnections();
    driven = settings.driven();
    slots =
        new ProbeSlots(
            settings.maxInFlight(), settings.maxDownInFlight(), settings.maxInFlightPerAddress());
    seed = settings.seed();
    random = new SplittableRandom(seed);
    wheel = new TimerWheel(ticker.read());
    advance = () -> wheel.advance(ticker.read());
    background = new BackgroundExecutor(settings.threadName());
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("failed to open a selector", e);
    }
    thread = new Thread(this::run, settings.threadName());
    thread.setDaemon(true);
    if (!driven) {
      thread.start();
    }
  }

  public Ticker ticker() {
    return ticker;
  }

  /** Runs the task on the engine thread. Ignored once the engine is closed. */
  public void execute(Runnable task) {
    if (!closed) {
      submitted.add(task);
      selector.wakeup();
    }
  }

  /** Runs a blocking task on a background thread, then a continuation on the engine thread. */
  public void offload(Runnable task, Runnable then) {
    if (driven) {
      submitted.add(task);
      submitted.add(then);
      return;
    }
    background.runBlocking(() -> {
      try {
        task.run();
      } finally {
        execute(then);
      }
    });
  }

  /** Runs a blocking task on a background thread. */
  public void runBlocking(Runnable task) {
    if (driven) {
      submitted.add(task);
    } else {
      background.runBlocking(task);
    }
  }

  /** Runs a task that calls listeners, on a background thread so as not to delay probes. */
  public void notifyListeners(Runnable task) {
    if (driven) {
      submitted.add(task);
    } else {
      background.notifyListeners(task);
    }
  }

  Selector selector() {
    return selector;
  }

  public TimerWheel wheel() {
    return wheel;
  }

  public SplittableRandom random() {
    return random;
  }

  /**
   * Reads into {@link #readBytes}, whose content is valid until the next read. The direct buffer
   * avoids the JDK's lookup of a temporary one for each read.
   *
   * @return the number of bytes, 0 if there are none, or -1 at the end of the stream
   */
  int read(ReadableByteChannel channel) throws IOException {
    int count = channel.read(readBuffer.clear());
    if (count > 0) {
      readBuffer.get(0, readBytes, 0, count);
    }
    return count;
  }

  byte[] readBytes() {
    return readBytes;
  }

  /** Returns the shared output buffer, empty, valid for one write. */
  Outbox outbox() {
    outbox.clear();
    return outbox;
  }

  /** Returns the bytes in a buffer for one write: the shared direct one if they fit. */
  ByteBuffer sendBuffer(byte[] bytes, int length) {
    return length <= BUFFER
        ? sendBuffer.clear().put(bytes, 0, length).flip()
        : ByteBuffer.wrap(bytes, 0, length);
  }

  public long seed() {
    return seed;
  }

  public ProbeSlots slots() {
    return slots;
  }

  /** Releases a slot. It is assigned to a waiter at the end of this iteration. */
  void release(ProbeSlots.Address address, boolean down) {
    slots.release(address, down); // starting a waiter from here would grow the stack
    slotReleased = true;
  }

  /** Returns whether another connection may be kept open between probes. */
  boolean canKeepConnection() {
    if (kept >= maxKept) {
      return false;
    }
    kept++;
    return true;
  }

  void keepOneLess() {
    kept--;
  }

  /** Returns the number of probes in flight. */
  public int inFlight() {
    return inFlight;
  }

  /** Returns the engine's recent scheduling lag in nanoseconds, as a decaying maximum. */
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
      log.error("probe engine stopped: selector failed", e);
    } finally {
      closeAll();
    }
  }

  /** Runs one iteration of the event loop, without waiting for I/O. Called directly by tests. */
  public void turn() {
    for (Runnable task = submitted.poll(); task != null; task = submitted.poll()) {
      guarded(task);
    }
    if (slotReleased) {
      slotReleased = false;
      guarded(slots::drainQueue);
    }
    guarded(advance);
    inFlight = slots.inFlight();
  }

  /** Waits for I/O or the next timer, and processes the connections that are ready. */
  private void select() throws IOException {
    long before = ticker.read();
    long wait = submitted.isEmpty() && !slotReleased ? wheel.untilNext(before) : 0;
    if (wait == Long.MAX_VALUE) {
      selector.select(ready);
    } else if (wait <= 0) {
      selector.selectNow(ready);
    } else {
      selector.select(ready, (wait + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI); // no spinning
      long late = ticker.read() - before - wait;
      lag = Math.max(0, Math.max(late, lag - lag / 16)); // a decaying maximum
    }
  }

  private static void ready(SelectionKey key) {
    try { // not with guarded(): it would allocate a lambda for each response
      ((Handler) key.attachment()).ready();
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

  /** A failure in one probe must not stop the others. */
  private static void failed(Throwable e) {
    log.error("probe task threw an exception", e);
  }

  private void closeAll() {
    for (SelectionKey key : selector.keys()) {
      ((Handler) key.attachment()).close();
    }
    background.close();
    try {
      selector.close();
    } catch (IOException e) {
      log.warn("failed to close the selector", e);
    }
  }

  /**
   * Stops the engine thread and the background threads, and waits for their termination: at most a
   * second for background threads, which may be blocked in a resolver or a listener. It never waits
   * for the current thread; called on the engine thread, it does not wait at all.
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
      background.join(JOIN_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
