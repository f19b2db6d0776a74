// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** The adapter for Apache HttpClient 5. */
@NullMarked
package io.gatewaykit.httpclient.apache;

import org.jspecify.annotations.NullMarked;
