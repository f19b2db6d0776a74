package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.wire.Session;
import java.util.concurrent.Executor;

/** A check of the caller's own, on the caller's threads. */
final class CustomProbe extends Probe {
  final Check check;
  final Executor executor;

  CustomProbe(Check check, Executor executor) {
    this.check = check;
    this.executor = executor;
  }

  @Override
  Session session(Target target) {
    throw new UnsupportedOperationException("it makes its own connections");
  }
}
