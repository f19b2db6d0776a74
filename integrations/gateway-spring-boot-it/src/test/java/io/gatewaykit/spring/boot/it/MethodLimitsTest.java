// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.spring.boot.it.Mails.Account;
import io.gatewaykit.spring.boot.it.Mails.Archive;
import io.gatewaykit.spring.boot.it.Mails.Letter;
import io.gatewaykit.spring.boot.it.Mails.Sender;
import io.gatewaykit.spring.boot.method.RateLimitedException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Limits of methods in a running application. */
class MethodLimitsTest {
  private static final String LOGIN = "Basic dTpw"; // u:p
  private static @Nullable Server started;

  @BeforeAll
  static void start() throws Exception {
    started =
        Server.start(
            Mails.LIMITS + "management.endpoints.web.exposure.include: [gatewaykit]\n",
            Mails.class);
  }

  @AfterAll
  static void stop() {
    server().close();
  }

  private static Server server() {
    return requireNonNull(started, "started");
  }

  @AfterEach
  void logOut() {
    SecurityContextHolder.clearContext();
  }

  private static Sender sender() {
    return server().context().getBean(Sender.class);
  }

  private static Letter letter(String account) {
    return new Letter(new Account(account), "text");
  }

  private static void logIn(Authentication user) {
    SecurityContextHolder.getContext().setAuthentication(user);
  }

  private static Authentication user(String name) {
    return new TestingAuthenticationToken(name, "", "USER");
  }

  @Test
  void controller_abovePermits_responds429() throws Exception {
    for (String path : List.of("/mail", "/mails/a", "/mono")) {
      assertThat(server().statuses(3, path, "Authorization", LOGIN))
          .as(path)
          .containsExactly(200, 200, 429);
    }
    HttpResponse<String> limited = server().get("/mails/a", "Authorization", LOGIN);
    assertThat(limited.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(limited.headers().firstValue("Retry-After")).isPresent();
    assertThat(limited.body())
        .contains("\"title\":\"Too Many Requests\",\"status\":429")
        .contains("\"violated-policies\":[\"mail\"]");
    assertThat(server().get("/mails/b", "Authorization", LOGIN).body()).isEqualTo("sent by b");
    assertThat(server().get("/mails/b", "Authorization", LOGIN, "Accept", "text/html").statusCode())
        .isEqualTo(200);
    assertThat(server().get("/mails/b", "Authorization", LOGIN, "Accept", "text/html").statusCode())
        .isEqualTo(429);
    assertThat(server().get("/actuator/gatewaykit", "Authorization", LOGIN).body())
        .contains("\"calls\":{\"allowed\":");
  }

  @Test
  void key_isReadFromThePropertiesOfAParameter() {
    Sender sender = sender();
    sender.send(letter("one"));
    sender.send(letter("one"));
    assertThatThrownBy(() -> sender.send(letter("one")))
        .isInstanceOfSatisfying(
            RateLimitedException.class,
            e -> {
              assertThat(e.limiter()).isEqualTo("mail");
              assertThat(e.retryAfter()).isPositive();
              assertThat(e.decision().remaining()).isZero();
              assertThat(e.rejection().status()).isEqualTo(429);
            });
    sender.send(letter("two"));
  }

  @Test
  void metaAnnotation_limits() {
    sender().expensive();
    assertThatThrownBy(sender()::expensive).isInstanceOf(RateLimitedException.class);
  }

  @Test
  void repeatedAnnotation_rejected_takesNothing() {
    Sender sender = sender();
    sender.both("first"); // the scarce limit, whose key is the same for all, is now exhausted
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> sender.both("x"))
          .isInstanceOfSatisfying(
              RateLimitedException.class, e -> assertThat(e.limiter()).isEqualTo("scarce"));
    }
    assertThat(server().context().getBean(Archive.class).find("x")).isEqualTo("x");
    assertThat(server().context().getBean(Archive.class).find("x")).isEqualTo("x");
  }

  @Test
  void annotationOfClass_limitsPublicMethodsWithoutTheirOwn() {
    Archive archive = server().context().getBean(Archive.class);
    assertThat(archive.internal()).isEqualTo("internal");
    assertThat(archive.internal()).isEqualTo("internal");
    assertThat(archive.store()).isEqualTo("stored");
    assertThatThrownBy(archive::store)
        .isInstanceOfSatisfying(
            RateLimitedException.class, e -> assertThat(e.limiter()).isEqualTo("archive"));
  }

  @Test
  void future_failsInsteadOfThrowing() throws Exception {
    Sender sender = sender();
    assertThat(sender.future("f", 1).get()).isPositive();
    CompletableFuture<Integer> rejected = sender.future("f", 1);
    assertThatThrownBy(rejected::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(RateLimitedException.class);
    assertThat(sender.future("f", 2).get()).isPositive();
  }

  @Test
  void delayed_waitsForPermits() {
    Sender sender = sender();
    for (int i = 0; i < 4; i++) {
      assertThat(sender.delayed("d")).isPositive();
    }
    assertThat(sender.delayedFlux("g").concatWith(sender.delayedFlux("g")).collectList().block())
        .containsExactly(1, 2, 1, 2);
  }

  @Test
  void delayedFuture_waitsWithoutThread() throws Exception {
    var waiting = server().context().getBean(ManualLimiter.class).waiting;
    CompletableFuture<String> call = sender().delayedFuture("e");
    assertThat(call).isNotDone();
    assertThat(waiting.remove().complete(ManualLimiter.admitted())).isTrue();
    assertThat(call.get(60, TimeUnit.SECONDS)).startsWith("task-");
    CompletableFuture<String> cancelled = sender().delayedFuture("e");
    assertThat(cancelled.cancel(true)).isTrue();
    assertThat(waiting.remove()).isCancelled();
  }

  @Test
  void publisher_isLimitedBySubscription() {
    Sender sender = sender();
    Mono<Integer> mono = sender.mono("m");
    assertThat(mono.block()).isPositive();
    assertThatThrownBy(mono::block).isInstanceOf(RateLimitedException.class);
    Flux<Integer> flux = sender.flux("n");
    assertThat(flux.collectList().block()).containsExactly(1, 2, 3);
    assertThatThrownBy(flux::blockFirst).isInstanceOf(RateLimitedException.class);
  }

  @Test
  void fallback_replacesTheResult() {
    assertThat(sender().orLater("a")).isEqualTo("sent to a");
    assertThat(sender().orLater("a")).isEqualTo("queued for a");
  }

  @Test
  void defaultKey_isTheUser_orElseTheMethod() {
    Sender sender = sender();
    logIn(user("alice"));
    assertThat(sender.byPrincipal()).isEqualTo("sent");
    assertThatThrownBy(sender::byPrincipal).isInstanceOf(RateLimitedException.class);
    logIn(user("bob"));
    assertThat(sender.byPrincipal()).isEqualTo("sent");
    SecurityContextHolder.clearContext();
    assertThat(sender.byPrincipal()).isEqualTo("sent");
    logIn(new AnonymousAuthenticationToken("key", "guest", user("x").getAuthorities()));
    assertThatThrownBy(sender::byPrincipal).isInstanceOf(RateLimitedException.class);
  }

  @Test
  void defaultKey_ofPublisher_isTheUserOfTheSubscription() {
    Mono<String> mono = sender().monoByPrincipal();
    for (String name : List.of("carol", "dave")) {
      Mono<String> ofUser =
          mono.contextWrite(ReactiveSecurityContextHolder.withAuthentication(user(name)));
      assertThat(ofUser.block()).isEqualTo("sent");
      assertThatThrownBy(ofUser::block).isInstanceOf(RateLimitedException.class);
    }
  }

  @Test
  void beanOfTypeRateLimiter_isFoundByName() {
    assertThat(sender().byBean()).isEqualTo("sent");
    assertThatThrownBy(sender()::byBean).isInstanceOf(RateLimitedException.class);
  }

  @Test
  void limitInShadow_admits() {
    assertThat(sender().inShadow()).isEqualTo("sent");
    assertThat(sender().inShadow()).isEqualTo("sent");
  }
}
