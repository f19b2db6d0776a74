// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.util.Optional;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Limits the subscriptions to the result of a reactive method, or the calls of a suspending
 * function of Kotlin. Loaded only if Reactor is present.
 */
final class ReactiveCalls {
  private final LimitedMethod method;
  private final ProxyMethodInvocation invocation;
  private final PrincipalSource principals;
  private final MethodTimer timer;
  private final @Nullable ReactiveAdapter adapter; // null for a suspending function

  private ReactiveCalls(
      LimitedMethod method,
      ProxyMethodInvocation invocation,
      PrincipalSource principals,
      MethodTimer timer) {
    this.method = method;
    this.invocation = invocation;
    this.principals = principals;
    this.timer = timer;
    adapter =
        ReactiveAdapterRegistry.getSharedInstance()
            .getAdapter(invocation.getMethod().getReturnType());
  }

  /** Returns the result of the method, which requests permits at each subscription. */
  static Object limit(
      LimitedMethod method,
      MethodInvocation invocation,
      PrincipalSource principals,
      MethodTimer timer) {
    // A clone, because the invocation must not proceed after the interceptor has returned.
    var call = (ProxyMethodInvocation) ((ProxyMethodInvocation) invocation).invocableClone();
    return new ReactiveCalls(method, call, principals, timer).result();
  }

  private Object result() {
    if (adapter == null) {
      return admission().flatMap(admission -> Mono.from(publisher(admission)));
    }
    Publisher<?> limited =
        adapter.isMultiValue()
            ? admission().flatMapMany(this::publisher)
            : admission().flatMap(admission -> Mono.from(publisher(admission)));
    return adapter.fromPublisher(limited);
  }

  private Mono<Admission> admission() {
    return principal().flatMap(name -> admission(name.orElse(null)));
  }

  private Mono<Admission> admission(@Nullable String principal) {
    AsyncAdmission admission =
        AsyncAdmission.start(
            method.limits(), invocation.getArguments(), principal, timer.scheduler());
    return admission.isDone()
        ? Mono.fromFuture(admission)
        : Mono.fromFuture(admission).publishOn(Schedulers.fromExecutor(timer.executor()));
  }

  private Mono<Optional<String>> principal() {
    if (!method.byPrincipal()) {
      return Mono.just(Optional.empty());
    }
    Mono<Optional<String>> ofThread =
        Mono.fromSupplier(() -> Optional.ofNullable(principals.principal()));
    return principals instanceof SecurityPrincipal ? ofContext().switchIfEmpty(ofThread) : ofThread;
  }

  private static Mono<Optional<String>> ofContext() {
    return ReactiveSecurityContextHolder.getContext()
        .map(context -> Optional.ofNullable(SecurityPrincipal.name(context.getAuthentication())));
  }

  private Publisher<?> publisher(Admission admission) {
    try {
      MethodInvocation call = invocation.invocableClone(); // each subscription calls the method
      Object result = admission.proceed(call);
      return adapter == null
          ? result == null ? Mono.empty() : (Publisher<?>) result
          : adapter.toPublisher(result);
    } catch (Throwable e) {
      return Flux.error(e);
    }
  }
}
