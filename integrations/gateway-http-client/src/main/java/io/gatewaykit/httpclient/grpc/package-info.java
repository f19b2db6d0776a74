// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for gRPC. */
@NullMarked
package io.gatewaykit.httpclient.grpc;

import org.jspecify.annotations.NullMarked;
