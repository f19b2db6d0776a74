// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Removes the wrappers that futures add to exceptions. */
final class Failures {
  private Failures() {}

  /** Returns the exception inside the wrappers that futures add. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wrapped =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return wrapped && cause != null ? cause : failure;
  }
}
