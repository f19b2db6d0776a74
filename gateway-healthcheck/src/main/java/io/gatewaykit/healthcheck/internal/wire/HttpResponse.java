// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.Nullable;

/** An HTTP response, independent of the protocol version. */
interface HttpResponse {
  int status();

  /** Returns a description of the protocol violation; null if the response is valid. */
  @Nullable String problem();

  /** Returns the value of a header by its case-insensitive name; null if absent. */
  @Nullable String header(String name);

  byte[] body();
}
