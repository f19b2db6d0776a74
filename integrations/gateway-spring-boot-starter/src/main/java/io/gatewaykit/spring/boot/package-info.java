/**
 * Spring Boot auto-configuration: guards in front of a servlet application, configured by the
 * properties {@code gatewaykit.*}. See {@link io.gatewaykit.spring.boot.GatewayKitProperties}.
 */
@NullMarked
package io.gatewaykit.spring.boot;

import org.jspecify.annotations.NullMarked;
