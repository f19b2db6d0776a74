// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.internal.engine.ProbePart;
import io.gatewaykit.healthcheck.internal.wire.Session;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** A probe of a target over a connection. */
record WirePart(Probe probe, Target target) implements ProbePart.Exchange {
  @Override
  public InetSocketAddress address() {
    return target.probeAddress();
  }

  @Override
  public Session newSession() {
    return probe.session(target);
  }

  @Override
  public @Nullable SSLEngine newTlsEngine() {
    ProbeTls tls = probe.tls();
    return tls == null ? null : tls.engine(target, probe.alpn());
  }
}
