// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Reports a wrong use of {@link RateLimited} without a stack trace. */
final class RateLimitedUsageFailureAnalyzer
    extends AbstractFailureAnalyzer<RateLimitedUsageException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, RateLimitedUsageException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()), "Correct the annotation or the method.", cause);
  }
}
