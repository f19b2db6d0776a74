// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The configuration of the gateway: a YAML file, validated completely before it is applied. */
@NullMarked
package io.gatewaykit.edge.config;

import org.jspecify.annotations.NullMarked;
