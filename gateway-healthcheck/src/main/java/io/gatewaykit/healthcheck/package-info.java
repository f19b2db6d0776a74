// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Health checks: monitors targets with probes and with reports of real traffic. */
@NullMarked
package io.gatewaykit.healthcheck;

import org.jspecify.annotations.NullMarked;
