// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static io.gatewaykit.healthcheck.VirtualNetwork.REFUSED;
import static io.gatewaykit.healthcheck.VirtualNetwork.targets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The levels of notices: a warning requires an operator. */
class NoticeLogTest {
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final Logger logger = (Logger) LoggerFactory.getLogger(TargetRegistry.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(logged);
  }

  private List<ILoggingEvent> notices() {
    return List.copyOf(logged.list).stream()
        .filter(event -> !event.getFormattedMessage().contains(" target "))
        .toList();
  }

  @Test
  void stall_isNoWarning() {
    try (var network = new VirtualNetwork();
        var checker = network.checker().schedule(ProbeSchedule.every(INTERVAL)).build()) {
      checker.setTargets(targets(10));
      network.pass(INTERVAL.multipliedBy(2));
      network.jump(Duration.ofMinutes(1));
      assertThat(notices()).isNotEmpty();
      assertThat(notices())
          .allSatisfy(event -> {
            assertThat(event.getFormattedMessage()).contains("probe thread stalled for");
            assertThat(event.getLevel()).isEqualTo(Level.INFO);
          });
    }
  }

  @Test
  void massFailure_isAWarning_andItsEndIsNot() {
    try (var network = new VirtualNetwork();
        var checker = network.checker().schedule(ProbeSchedule.every(INTERVAL)).build()) {
      checker.setTargets(targets(20));
      network.pass(INTERVAL.multipliedBy(2));
      var answers = network.answers;
      network.answers = target -> REFUSED;
      network.pass(INTERVAL);
      network.answers = answers;
      network.pass(INTERVAL.multipliedBy(2));
      assertThat(notices())
          .extracting(ILoggingEvent::getLevel, ILoggingEvent::getFormattedMessage)
          .contains(tuple(Level.INFO, message("mass failure ended")))
          .contains(
              tuple(
                  Level.WARN,
                  message("mass failure suspected: down verdicts are held back for one round")));
    }
  }

  private static String message(String notice) {
    return "checker virtual: " + notice;
  }
}
