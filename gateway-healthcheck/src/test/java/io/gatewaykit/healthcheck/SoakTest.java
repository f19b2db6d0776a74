// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.healthcheck.CheckerSnapshot.PastProbe;
import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import io.gatewaykit.healthcheck.state.TargetState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many targets flap at random over real sockets. A model that records each response is compared
 * with the checker in lock step. Runs for five seconds by default; the full run is {@code ./mvnw
 * -pl gateway-healthcheck -am test -Dtest=SoakTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dsoak.seconds=600}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@Tag("slow")
class SoakTest {
  private static final int TARGETS = 1_000;
  private static final int RISE = 2;
  private static final int FALL = 3;

  /** The expected state of one target after each of its responses. */
  private static final class Model {
    private final List<TargetState> states = new ArrayList<>(List.of(TargetState.CHECKING));
    private boolean up;
    private int against;

    synchronized void resolved(boolean good) {
      if (states.size() == 1) {
        up = good; // the first response decides
      } else if (good == up) {
        against = 0;
      } else if (++against == (up ? FALL : RISE)) {
        up = good;
        against = 0;
      }
      boolean settled = against == 0;
      states.add(
          up
              ? settled ? TargetState.HEALTHY : TargetState.MOSTLY_HEALTHY
              : settled ? TargetState.UNHEALTHY : TargetState.MOSTLY_UNHEALTHY);
    }

    synchronized TargetState after(long answers) {
      return states.get((int) Math.min(answers, states.size() - 1));
    }

    /** Returns the state changes up to this number of responses. */
    synchronized List<TargetState> changes(long answers) {
      var changes = new ArrayList<TargetState>();
      for (int i = 1; i <= answers; i++) {
        if (states.get(i) != states.get(i - 1)) {
          changes.add(states.get(i));
        }
      }
      return changes;
    }
  }

  /** Serves all targets, each on its own address, and updates the model. */
  private static final class FlappingServer implements AutoCloseable, Runnable {
    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final Random random = new Random(42);
    private final boolean[] good = new boolean[TARGETS];
    private final List<Model> models;
    private final Thread thread = new Thread(this, "flapping-server");
    private volatile boolean closed;

    FlappingServer(List<Model> models) throws IOException {
      this.models = models;
      listener.bind(new InetSocketAddress("0.0.0.0", 0), 1_024);
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
      thread.start();
    }

    int port() throws IOException {
      return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    }

    @Override
    public void run() {
      try {
        while (!closed) {
          selector.select(100);
          for (SelectionKey key : selector.selectedKeys()) {
            if (key.isAcceptable()) {
              accept();
            } else {
              serve(key);
            }
          }
          selector.selectedKeys().clear();
        }
        for (SelectionKey key : selector.keys()) {
          key.channel().close();
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    private void accept() throws IOException {
      for (SocketChannel c = listener.accept(); c != null; c = listener.accept()) {
        c.configureBlocking(false);
        c.register(selector, SelectionKey.OP_READ);
      }
    }

    private void serve(SelectionKey key) throws IOException {
      var channel = (SocketChannel) key.channel();
      try {
        var bytes = ByteBuffer.allocate(1_024); // one read returns a complete request
        if (channel.read(bytes) < 0) {
          channel.close();
          return;
        }
        byte[] ip = ((InetSocketAddress) channel.getLocalAddress()).getAddress().getAddress();
        int number = (ip[2] & 0xff) << 8 | ip[3] & 0xff;
        if (random.nextInt(4) == 0) {
          good[number] = !good[number];
        }
        models.get(number).resolved(good[number]);
        String answer = good[number] ? "200 OK" : "500 No";
        channel.write(
            ByteBuffer.wrap(
                ("HTTP/1.1 " + answer + "\r\nContent-Length: 0\r\n\r\n").getBytes(US_ASCII)));
      } catch (IOException e) {
        channel.close(); // the prober reset it
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      selector.wakeup();
      while (thread.isAlive()) {
        Thread.onSpinWait();
      }
      listener.close();
      selector.close();
    }
  }

  private static Target target(int number, int port) throws UnknownHostException {
    byte[] ip = {127, 3, (byte) (number >> 8), (byte) number};
    return new Target("t" + number, new InetSocketAddress(InetAddress.getByAddress(ip), port));
  }

  @Test
  void flappingTargets_alwaysMatchTheModel() throws Exception {
    long seconds = Long.getLong("soak.seconds", 5);
    var models = new ArrayList<Model>();
    var heard = new ArrayList<List<TargetState>>();
    for (int i = 0; i < TARGETS; i++) {
      models.add(new Model());
      heard.add(new CopyOnWriteArrayList<>());
    }
    var follower = new Follower(heard);
    var engine = ProbeEngine.builder().build();
    HealthChecker checker = checker(engine, follower);
    try (var server = new FlappingServer(models)) {
      var targets = new ArrayList<Target>();
      for (int i = 0; i < TARGETS; i++) {
        targets.add(target(i, server.port()));
      }
      checker.setTargets(targets);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() - end < 0) {
        compareWhileRunning(checker.snapshot(), models);
        LockSupport.parkNanos(200_000_000);
      }
      engine.close(); // no further probe completes, so the recorded events are complete
    }
    CheckerSnapshot last = checker.snapshot();
    await().until(() -> follower.sequence == last.sequence());
    checker.close();
    compareAtTheEnd(last, models, heard);
    assertThat(follower.gaps).as("events lost or repeated").isZero();
    assertThat(last.totals().lostEvents()).isZero();
  }

  /** Records events and protocol violations. */
  private static final class Follower implements HealthListener {
    private final List<List<TargetState>> heard;
    private volatile long sequence;
    private volatile int gaps;

    Follower(List<List<TargetState>> heard) {
      this.heard = heard;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // called by one thread at a time
    public void onEvent(HealthEvent event) {
      gaps += event.sequence() == sequence + 1 ? 0 : 1;
      TargetState to = event.to();
      if (event.kind() == HealthEvent.Kind.CHANGED && to != null) {
        heard.get(Integer.parseInt(event.targetId().substring(1))).add(to);
      }
      sequence = event.sequence();
    }
  }

  private static HealthChecker checker(ProbeEngine engine, HealthListener follows) {
    return HealthChecker.builder("soak")
        .engine(engine)
        .probe(Probe.http("/"))
        .schedule(
            ProbeSchedule.builder()
                .interval(Duration.ofSeconds(5))
                .timeout(Duration.ofSeconds(5))
                .suspectInterval(Duration.ofMillis(400))
                .downInterval(Duration.ofMillis(800))
                .build())
        .active(
            ActiveRules.builder()
                .thresholds(Thresholds.riseFall(RISE, FALL))
                .massFailureShare(0)
                .build())
        .panicBelow(0)
        .listener(follows)
        .build();
  }

  /** Returns whether each probe received a response, without which the counts differ. */
  private static boolean isComparable(TargetView view) {
    for (PastProbe past : view.history()) {
      if (past.cause() != Cause.PASSED && past.cause() != Cause.STATUS) {
        return false;
      }
    }
    return view.inconclusive() == 0;
  }

  private static void compareWhileRunning(CheckerSnapshot snapshot, List<Model> models) {
    for (int i = 0; i < snapshot.targets().size(); i++) {
      TargetView view = snapshot.targets().get(i);
      if (isComparable(view)) {
        Model model = models.get(i);
        // The last result may be unevaluated when its count is read.
        assertThat(view.state())
            .as("%s after %d answers", view.target().id(), view.probes())
            .isIn(model.after(view.probes()), model.after(Math.max(0, view.probes() - 1)));
      }
    }
  }

  private static void compareAtTheEnd(
      CheckerSnapshot last, List<Model> models, List<List<TargetState>> heard) {
    int compared = 0;
    for (int i = 0; i < TARGETS; i++) {
      TargetView view = last.targets().get(i);
      if (isComparable(view)) {
        compared++;
        assertThat(view.state()).isEqualTo(models.get(i).after(view.probes()));
        assertThat(heard.get(i)).isEqualTo(models.get(i).changes(view.probes()));
      }
    }
    long resolved = last.targets().stream().mapToLong(TargetView::probes).sum();
    System.out.printf("soak: %d probes, %d of %d targets compared%n", resolved, compared, TARGETS);
    assertThat(compared).isGreaterThan(TARGETS * 9 / 10);
    assertThat(resolved).isGreaterThan(TARGETS);
  }
}
