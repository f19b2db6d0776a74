package io.gatewaykit.healthcheck;

import java.net.InetSocketAddress;
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
  Session session(InetSocketAddress address) {
    throw new UnsupportedOperationException("it makes its own connections");
  }
}
