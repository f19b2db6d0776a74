// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/** Returns the user of Spring Security that is authenticated on the current thread. */
final class SecurityPrincipal implements PrincipalSource {
  @Override
  public @Nullable String principal() {
    return name(SecurityContextHolder.getContext().getAuthentication());
  }

  static @Nullable String name(@Nullable Authentication user) {
    return user == null || !user.isAuthenticated() || user instanceof AnonymousAuthenticationToken
        ? null
        : user.getName();
  }
}
