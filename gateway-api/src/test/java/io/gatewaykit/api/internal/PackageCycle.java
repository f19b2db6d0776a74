// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.internal;

import io.gatewaykit.api.ArchitectureRulesTest;

/** A class that depends on a package which depends on this one. */
public interface PackageCycle {
  /** The package in question. */
  ArchitectureRulesTest.IntoInternal back();
}
