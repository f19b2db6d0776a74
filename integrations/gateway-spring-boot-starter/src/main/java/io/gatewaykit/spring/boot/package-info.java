// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Spring Boot auto-configuration: guards in front of a servlet application, configured by the
 * properties {@code gatewaykit.*}. See {@link io.gatewaykit.spring.boot.GatewayKitProperties}.
 */
@NullMarked
package io.gatewaykit.spring.boot;

import org.jspecify.annotations.NullMarked;
