// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.internal.engine.LocalSocketException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The log of state changes is written in order, and never while the registry's lock is held. */
class StateLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger(TargetRegistry.class);

  /** An appender that blocks until it is released. */
  private static final class Blocking extends AppenderBase<ILoggingEvent> {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);

    @Override
    protected void append(ILoggingEvent event) {
      entered.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void report_appenderBlocks_isNotDelayed() throws Exception {
    var appender = new Blocking();
    appender.start();
    logger.addAppender(appender);
    PassiveRules rules =
        PassiveRules.builder().withoutProbes().thresholds(Thresholds.riseFall(1, 1)).build();
    try (var engine = ProbeEngine.builder().build();
        var checker = HealthChecker.builder("blocked").engine(engine).passive(rules).build()) {
      checker.setTargets(targets(2));
      try {
        fail(checker, targets(2).get(0).id());
        assertThat(appender.entered.await(20, TimeUnit.SECONDS)).isTrue();
        // another thread needs the lock of the registry
        var second = CompletableFuture.runAsync(() -> fail(checker, targets(2).get(1).id()));
        second.get(20, TimeUnit.SECONDS);
        assertThat(checker.health(targets(2).get(1).id()).available()).isFalse();
      } finally {
        appender.released.countDown();
      }
    } finally {
      logger.detachAppender(appender);
    }
  }

  private static void fail(HealthChecker checker, String id) {
    checker.report(id, Outcome.CONNECT_FAILURE, 0, 1);
  }

  @Test
  void add_moreLinesThanFit_writesTheFirstAndCountsTheRest() {
    var written = new ArrayList<String>();
    var appender =
        new AppenderBase<ILoggingEvent>() {
          @Override
          protected void append(ILoggingEvent event) {
            written.add(event.getFormattedMessage());
          }
        };
    appender.start();
    logger.addAppender(appender);
    try {
      var tasks = new ArrayList<Runnable>();
      var log = new StateLog(logger, "c", tasks::add);
      for (int i = 0; i < StateLog.CAPACITY + 5; i++) {
        log.add(Level.WARN, "line " + i);
      }
      assertThat(tasks).as("one task for all lines").hasSize(1);
      assertThat(written).isEmpty();
      tasks.get(0).run();
      assertThat(written).hasSize(StateLog.CAPACITY + 1).startsWith("checker c: line 0");
      assertThat(written.get(StateLog.CAPACITY)).contains("5 lines omitted");
      log.add(Level.WARN, "later");
      assertThat(tasks).hasSize(2);
      log.flush();
      assertThat(written).endsWith("checker c: later");
    } finally {
      logger.detachAppender(appender);
    }
  }

  @Test
  void connect_localFailureInAnotherLanguage_isInconclusive() {
    IOException local = new LocalSocketException(new SocketException("Zu viele Dateien"));
    assertThat(probesAfter(local, 2)).isZero();
    assertThat(probesAfter(new ConnectException("Too many open files"), 0)).isPositive();
  }

  /** Returns the conclusive probes once there is one, or this many were inconclusive. */
  private static long probesAfter(IOException failure, int inconclusive) {
    try (var engine =
            ProbeEngine.builder()
                .transport((exchange, owner) -> {
                  throw failure;
                })
                .build();
        var checker =
            HealthChecker.builder("local")
                .engine(engine)
                .probe(Probe.tcp())
                .schedule(ProbeSchedule.every(Duration.ofMillis(50)))
                .build()) {
      checker.setTargets(
          List.of(new Target("a", new InetSocketAddress(InetAddress.getLoopbackAddress(), 9))));
      Awaitility.await()
          .until(() -> {
            CheckerSnapshot now = checker.snapshot();
            boolean enough = inconclusive > 0 && now.totals().inconclusive() >= inconclusive;
            return enough || now.targets().get(0).probes() > 0;
          });
      return checker.snapshot().targets().get(0).probes();
    }
  }
}
