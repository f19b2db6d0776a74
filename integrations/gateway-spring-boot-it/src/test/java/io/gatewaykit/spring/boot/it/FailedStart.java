// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;
import org.springframework.context.ConfigurableApplicationContext;

/** Starts applications that must fail, and returns the report that Spring Boot logs. */
final class FailedStart {
  private static final AtomicReference<@Nullable FailureAnalysis> REPORTED =
      new AtomicReference<>();

  private FailedStart() {}

  /** Returns the description in the report of an application without a server. */
  static String report(String yaml, Class<?>... sources) throws IOException {
    var application = new SpringApplication(sources);
    application.setWebApplicationType(WebApplicationType.NONE);
    REPORTED.set(null);
    try (ConfigurableApplicationContext started = Server.run(application, yaml)) {
      throw new AssertionError(started + " has started");
    } catch (RuntimeException expected) {
      FailureAnalysis report = REPORTED.get();
      assertThat(report).as("report of " + expected).isNotNull();
      return report == null ? "" : report.getDescription();
    }
  }

  /** Receives the reports; registered in META-INF/spring.factories. */
  static final class Reporter implements FailureAnalysisReporter {
    @Override
    public void report(FailureAnalysis analysis) {
      REPORTED.set(analysis);
    }
  }
}
