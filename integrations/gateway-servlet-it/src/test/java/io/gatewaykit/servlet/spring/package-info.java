// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the filter in front of Spring Boot applications. */
@NullMarked
package io.gatewaykit.servlet.spring;

import org.jspecify.annotations.NullMarked;
