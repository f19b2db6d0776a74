// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Limits the calls of methods of Spring beans by annotations. */
@NullMarked
package io.gatewaykit.spring.boot.method;

import org.jspecify.annotations.NullMarked;
