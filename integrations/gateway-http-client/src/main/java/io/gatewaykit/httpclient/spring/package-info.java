// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for the blocking clients of Spring. */
@NullMarked
package io.gatewaykit.httpclient.spring;

import org.jspecify.annotations.NullMarked;
