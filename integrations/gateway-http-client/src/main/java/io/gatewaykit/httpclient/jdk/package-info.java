// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for {@code java.net.http}. */
@NullMarked
package io.gatewaykit.httpclient.jdk;

import org.jspecify.annotations.NullMarked;
