// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.micrometer;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardListener;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.request.GatewayRequest;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/**
 * Counts the rejections by the guards of a chain, {@code gateway.guard.rejections} by {@code guard}
 * and {@code reason}, and their failures, {@code gateway.guard.failures} by {@code guard} and
 * {@code stage}. Register it with {@code GuardChain.Builder.listener}. Thread-safe.
 */
public final class GuardMetrics implements GuardListener, AutoCloseable {
  private final BoundedCounters rejections;
  private final BoundedCounters failures;

  /** Registers its meters in the given registry. */
  public GuardMetrics(MeterRegistry registry) {
    rejections =
        new BoundedCounters(registry, "gateway.guard.rejections", "Requests rejected by guards");
    failures = new BoundedCounters(registry, "gateway.guard.failures", "Failures of guards");
  }

  @Override
  public void onReject(GatewayRequest request, Guard guard, Rejection rejection) {
    rejections.increment("guard", guard.name(), "reason", rejection.reason());
  }

  @Override
  public void onFailure(GatewayRequest request, Guard guard, Stage stage, Throwable failure) {
    failures.increment("guard", guard.name(), "stage", stage.name().toLowerCase(Locale.ROOT));
  }

  /** Removes the meters. */
  @Override
  public void close() {
    rejections.clear();
    failures.clear();
  }
}
