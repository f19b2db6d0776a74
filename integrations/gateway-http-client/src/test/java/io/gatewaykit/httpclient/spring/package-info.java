// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.gatewaykit.httpclient.spring;

import org.jspecify.annotations.NullMarked;
