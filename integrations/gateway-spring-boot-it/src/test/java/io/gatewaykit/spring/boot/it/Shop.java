// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** An application with Spring Security. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Shop {
  @Bean
  SecurityFilterChain security(HttpSecurity http) throws Exception {
    http.authorizeHttpRequests(
        requests -> requests.requestMatchers("/orders").authenticated().anyRequest().permitAll());
    http.httpBasic(Customizer.withDefaults());
    http.csrf(csrf -> csrf.ignoringRequestMatchers("/comments", "/files"));
    return http.build();
  }

  /** The pages; Spring registers a controller inside a configuration. */
  @RestController
  static final class Pages {
    @GetMapping("/page")
    String page(HttpServletRequest request) {
      return "page for " + request.getRemoteAddr();
    }

    @GetMapping("/search")
    String search(@RequestParam("q") String query) {
      return "found " + query;
    }

    @GetMapping("/thread")
    String thread() {
      return Thread.currentThread().toString();
    }

    @GetMapping("/orders")
    String orders(Principal user) {
      return "orders of " + user.getName();
    }

    @PostMapping("/comments")
    String comment(@RequestParam("text") String text, @Nullable Principal user) {
      return "comment " + text;
    }

    @PostMapping("/checkout")
    String checkout() {
      return "paid";
    }

    @PostMapping("/files")
    String file(@RequestParam("file") MultipartFile file) {
      return file.getOriginalFilename() + " " + file.getSize();
    }
  }
}
