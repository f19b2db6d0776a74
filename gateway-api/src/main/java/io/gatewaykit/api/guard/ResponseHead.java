// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.Headers;

/** The head of a response that is about to be sent. */
public interface ResponseHead {

  /** Returns the status code. */
  int status();

  /** Returns the header fields. */
  Headers headers();

  /** Adds a header field line. */
  void addHeader(String name, String value);

  /** Sets a header field, replacing all its lines. */
  void setHeader(String name, String value);
}
