// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import org.jspecify.annotations.Nullable;

/**
 * Returns the authenticated user of the current call. A bean of the application replaces the one
 * for Spring Security.
 */
@FunctionalInterface
public interface PrincipalSource {
  /** Returns the name of the user; null if the caller is not authenticated. */
  @Nullable String principal();
}
