// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Renders snapshots as status pages and metrics: text, JSON, HTML and the Prometheus format. */
@NullMarked
package io.gatewaykit.healthcheck.status;

import org.jspecify.annotations.NullMarked;
