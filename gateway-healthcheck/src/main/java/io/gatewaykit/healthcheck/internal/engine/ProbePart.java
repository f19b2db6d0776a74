// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.healthcheck.internal.wire.Session;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** One part of a probe of a target. */
public sealed interface ProbePart {
  /** An exchange of bytes over a connection, which may be kept open between probes. */
  non-sealed interface Exchange extends ProbePart {
    /** Returns the address to connect to. */
    InetSocketAddress address();

    /** Creates the protocol session of a new connection. */
    Session newSession();

    /** Creates the TLS engine of a new connection; null for plain text. */
    @Nullable SSLEngine newTlsEngine();
  }

  /**
   * A user-defined check, which may block.
   *
   * @param check returns whether the target is healthy; an exception is a failure
   * @param executor runs the check
   */
  record Call(Callable<Boolean> check, Executor executor) implements ProbePart {}
}
