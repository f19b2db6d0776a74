// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.value;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.request.Headers;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request to inspect, as received.
 *
 * @param client the address of the client, or null if it is unknown
 */
public record InspectedHead(
    String method, String rawTarget, Headers headers, @Nullable InetAddress client) {
  /** Checks that all parts but the client are present. */
  public InspectedHead {
    requireNonNull(method, "method");
    requireNonNull(rawTarget, "rawTarget");
    requireNonNull(headers, "headers");
  }
}
