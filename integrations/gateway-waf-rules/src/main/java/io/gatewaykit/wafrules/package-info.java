// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Firewall policies in YAML files: settings, virtual patches and exclusions, reloaded on change.
 */
@NullMarked
package io.gatewaykit.wafrules;

import org.jspecify.annotations.NullMarked;
