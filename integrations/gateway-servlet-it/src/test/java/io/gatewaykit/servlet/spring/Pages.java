// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/** An application of defaults only. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Pages {}
