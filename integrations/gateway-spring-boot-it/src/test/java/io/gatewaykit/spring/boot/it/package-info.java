// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the starter with real applications, the same for each version of Spring Boot. */
@NullMarked
package io.gatewaykit.spring.boot.it;

import org.jspecify.annotations.NullMarked;
