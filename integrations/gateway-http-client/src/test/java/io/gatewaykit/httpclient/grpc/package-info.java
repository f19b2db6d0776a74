// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.gatewaykit.httpclient.grpc;

import org.jspecify.annotations.NullMarked;
