// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The key of a limit as a bean. */
@Configuration(proxyBeanMethods = false)
class Tenants {
  @Bean
  Function<GatewayRequest, @Nullable Object> tenant() {
    return request -> request.headers().first("X-Tenant");
  }
}
