// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * TLS settings of probes. Immutable. Trusted issuers and client certificates belong to the context.
 * The server name is independent of the target's address.
 *
 * @param context creates the TLS engines; contains the trusted issuers and, for mutual TLS, the
 *     client's key
 * @param serverName the name sent as SNI and expected in the certificate; null for the target's
 *     host name, if it has one
 * @param verifyName whether the certificate must match the name, or the address if it has no name
 */
public record ProbeTls(SSLContext context, @Nullable String serverName, boolean verifyName) {
  /**
   * Validates the values.
   *
   * @throws IllegalArgumentException if the name is not a valid DNS name
   */
  public ProbeTls {
    requireNonNull(context, "context");
    if (serverName != null) {
      checkDnsName(serverName);
    }
  }

  private static void checkDnsName(String name) {
    try {
      var valid = new SNIHostName(name);
      requireNonNull(valid.getAsciiName());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("serverName: \"" + name + "\" (expected: a DNS name)", e);
    }
  }

  /** Returns settings that send and verify the given name. */
  public static ProbeTls of(SSLContext context, String serverName) {
    return new ProbeTls(context, requireNonNull(serverName, "serverName"), true);
  }

  /** Returns settings that send and verify each target's own host name. */
  public static ProbeTls of(SSLContext context) {
    return new ProbeTls(context, null, true);
  }

  /** Creates the TLS engine of one connection; sessions are resumed by name and port. */
  SSLEngine engine(Target target, @Nullable String protocol) {
    InetSocketAddress address = target.probeAddress();
    String name = serverName == null ? nameOf(target) : serverName;
    String peer = name == null ? address.getAddress().getHostAddress() : name;
    SSLEngine engine = context.createSSLEngine(peer, address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(name == null ? List.of() : List.of(new SNIHostName(name)));
    if (verifyName) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (protocol != null) {
      parameters.setApplicationProtocols(new String[] {protocol});
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Returns the target's host name without a port; null if it has none or is an IP address. */
  private static @Nullable String nameOf(Target target) {
    String name = target.hostName();
    if (name == null) {
      return null;
    }
    String bare = name.replaceFirst(":[0-9]+$", "");
    return bare.matches("[0-9.]+|.*[:\\[].*") ? null : bare;
  }
}
