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
 * How probes secure their connections. Immutable. Client certificates and trusted issuers are the
 * context's; the name is independent of the target's address.
 *
 * @param context makes the connections; holds trusted issuers and, for mutual TLS, the client's key
 * @param serverName the name sent as SNI and looked for in the certificate; null sends none
 * @param verifyName whether the certificate must be made out for the name, or for the address if
 *     there is none
 */
public record ProbeTls(SSLContext context, @Nullable String serverName, boolean verifyName) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the name is no DNS name
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

  /** Returns the setting that sends and verifies a name. */
  public static ProbeTls of(SSLContext context, String serverName) {
    return new ProbeTls(context, requireNonNull(serverName, "serverName"), true);
  }

  /** Makes the engine of one connection; sessions are resumed by name and port. */
  SSLEngine engine(InetSocketAddress address, @Nullable String protocol) {
    String peer = serverName == null ? address.getAddress().getHostAddress() : serverName;
    SSLEngine engine = context.createSSLEngine(peer, address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(
        serverName == null ? List.of() : List.of(new SNIHostName(serverName)));
    if (verifyName) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (protocol != null) {
      parameters.setApplicationProtocols(new String[] {protocol});
    }
    engine.setSSLParameters(parameters);
    return engine;
  }
}
