// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for OkHttp. */
@NullMarked
package io.gatewaykit.httpclient.okhttp;

import org.jspecify.annotations.NullMarked;
