// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import io.gatewaykit.ratelimit.KeyedLeakyBucket;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimiter;
import io.gatewaykit.spring.boot.method.OnReject;
import io.gatewaykit.spring.boot.method.RateLimited;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** An application whose methods are limited. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Mails {
  /** The limits: two calls of each key; and a fast one whose calls wait. */
  static final String LIMITS =
      """
      gatewaykit:
        waf.mode: 'off'
        ratelimit:
          mail: {rate: 2/h, burst: 1, applies-to: methods}
          scarce: {rate: 1/h, applies-to: methods}
          archive: {rate: 1/h, applies-to: methods}
          page: {rate: 2/h, burst: 1, applies-to: methods}
          wait: {rate: 20/s, applies-to: methods}
          shadow: {rate: 1/h, shadow: true, applies-to: methods}
      """;

  @Bean
  Sender sender() {
    return new Sender();
  }

  @Bean
  Archive archive() {
    return new Archive();
  }

  @Bean
  RateLimiter<Object> beanLimit() {
    return KeyedLeakyBucket.builder().limit(Limit.of(1, Duration.ofHours(1))).build();
  }

  @Bean
  ManualLimiter manual() {
    return new ManualLimiter();
  }

  @Bean
  RateLimiter<Object> manualLimit(ManualLimiter manual) {
    return manual.limiter();
  }

  record Account(String id) {}

  record Letter(Account account, String text) {
    String secret() {
      return text;
    }
  }

  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.RUNTIME)
  @RateLimited(value = "mail", key = "all", cost = 2)
  @interface ExpensiveMail {}

  @RestController
  static class Pages {
    @RateLimited("mail")
    @GetMapping("/mail")
    String mail() {
      return "sent";
    }

    @RateLimited(value = "mail", key = "#user")
    @GetMapping("/mails/{user}")
    CompletableFuture<String> mail(@PathVariable("user") String user) {
      return CompletableFuture.completedFuture("sent by " + user);
    }

    @RateLimited("page")
    @GetMapping("/mono")
    Mono<String> mono() {
      return Mono.just("sent");
    }
  }

  static class Sender {
    final AtomicInteger calls = new AtomicInteger();

    @RateLimited(value = "mail", key = "#letter.account.id")
    int send(Letter letter) {
      return calls.incrementAndGet();
    }

    @ExpensiveMail
    int expensive() {
      return calls.incrementAndGet();
    }

    @RateLimited(value = "mail", key = "#to")
    @RateLimited(value = "scarce", key = "all")
    int both(String to) {
      return calls.incrementAndGet();
    }

    @RateLimited(
        value = "scarce",
        key = {"#to", "#kind"})
    CompletableFuture<Integer> future(String to, int kind) {
      return CompletableFuture.completedFuture(calls.incrementAndGet());
    }

    @RateLimited(value = "wait", key = "#to", onReject = OnReject.DELAY, maxWait = "30s")
    int delayed(String to) {
      return calls.incrementAndGet();
    }

    @RateLimited(value = "manualLimit", key = "#to", onReject = OnReject.DELAY, maxWait = "9h")
    CompletableFuture<String> delayedFuture(String to) {
      return CompletableFuture.completedFuture(Thread.currentThread().getName());
    }

    @RateLimited(value = "wait", key = "#to", onReject = OnReject.DELAY, maxWait = "30s")
    Flux<Integer> delayedFlux(String to) {
      return Flux.just(1, 2);
    }

    @RateLimited(value = "scarce", key = "#to")
    Mono<Integer> mono(String to) {
      return Mono.fromSupplier(calls::incrementAndGet);
    }

    @RateLimited(value = "scarce", key = "#to")
    Flux<Integer> flux(String to) {
      return Flux.just(1, 2, 3);
    }

    @RateLimited(
        value = "scarce",
        key = "#to",
        onReject = OnReject.FALLBACK,
        fallback = "queueLater")
    String orLater(String to) {
      return "sent to " + to;
    }

    String queueLater(String to) {
      return "queued for " + to;
    }

    @RateLimited("scarce")
    String byPrincipal() {
      return "sent";
    }

    @RateLimited("scarce")
    Mono<String> monoByPrincipal() {
      return Mono.just("sent");
    }

    @RateLimited(value = "beanLimit", key = "all")
    String byBean() {
      return "sent";
    }

    @RateLimited(value = "shadow", key = "all")
    String inShadow() {
      return "sent";
    }
  }

  /** A class whose public methods are limited. */
  @RateLimited(value = "archive", key = "all")
  static class Archive {
    public String store() {
      return "stored";
    }

    @RateLimited(value = "mail", key = "#name")
    public String find(String name) {
      return name;
    }

    String internal() {
      return "internal";
    }
  }
}
