// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package com.example;

import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.spring.boot.RateLimitCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class GatewayBeans {
  /** A search costs as much as five other requests. */
  @Bean
  RateLimitCustomizer costOfSearches() {
    return (name, guard) -> guard.cost(request -> request.path().startsWith("/search") ? 5 : 1);
  }

  /** Scripts of the web application can read the reason of a rejection. */
  @Bean
  RejectionRenderer rejections() {
    return RejectionRenderer.problemJson().readableFrom("https://app.example"::equals);
  }
}
