// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A request as the application made it, before it is sent to an endpoint. Read-only. */
public interface ClientRequest {
  /** Returns the method, for example {@code GET}. */
  String method();

  /** Returns the URI as the application set it; its authority is not that of an endpoint. */
  URI uri();

  /** Returns the first value of a header field, whose name is case-insensitive; null if absent. */
  @Nullable String header(String name);
}
