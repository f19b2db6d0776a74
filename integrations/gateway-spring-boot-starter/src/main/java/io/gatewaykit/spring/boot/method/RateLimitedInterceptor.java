// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import io.gatewaykit.ratelimit.Reservation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;

/** Requests permits before each call of a limited method. Thread-safe. */
final class RateLimitedInterceptor implements MethodInterceptor {
  private final LimitedMethods methods;
  private final Supplier<PrincipalSource> principals;
  private final MethodTimer timer;

  RateLimitedInterceptor(
      LimitedMethods methods, Supplier<PrincipalSource> principals, MethodTimer timer) {
    this.methods = methods;
    this.principals = principals;
    this.timer = timer;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Object target = invocation.getThis();
    LimitedMethod method =
        methods.get(
            invocation.getMethod(),
            target == null
                ? invocation.getMethod().getDeclaringClass()
                : AopUtils.getTargetClass(target));
    return switch (method.returns()) {
      case DIRECTLY -> call(method, invocation);
      case STAGE -> callAsync(method, invocation);
      case PUBLISHER -> ReactiveCalls.limit(method, invocation, principals.get(), timer);
    };
  }

  private @Nullable String principal(LimitedMethod method) {
    return method.byPrincipal() ? principals.get().principal() : null;
  }

  private @Nullable Object call(LimitedMethod method, MethodInvocation invocation)
      throws Throwable {
    return admit(method.limits(), invocation.getArguments(), principal(method)).proceed(invocation);
  }

  private static Admission admit(
      List<MethodLimit> limits, @Nullable Object[] arguments, @Nullable String principal) {
    var taken = new ArrayList<Reservation>(limits.size());
    boolean admitted = false;
    try {
      for (MethodLimit limit : limits) {
        Reservation reservation = limit.acquire(arguments, principal);
        if (!reservation.admitted()) {
          return new Admission(limit, reservation.decision());
        }
        taken.add(reservation);
      }
      admitted = true;
      return Admission.ADMITTED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var cancelled = new CancellationException("interrupted while waiting for permits");
      cancelled.initCause(e);
      throw cancelled;
    } finally {
      if (!admitted) {
        taken.forEach(Reservation::cancel);
      }
    }
  }

  private Object callAsync(LimitedMethod method, MethodInvocation invocation) {
    // A clone, because the invocation must not proceed after this method has returned.
    MethodInvocation call = ((ProxyMethodInvocation) invocation).invocableClone();
    AsyncAdmission admission =
        AsyncAdmission.start(
            method.limits(), call.getArguments(), principal(method), timer.scheduler());
    CompletableFuture<@Nullable Object> result =
        admission.isDone()
            ? admission.thenCompose(admitted -> stage(admitted, call))
            : admission.thenComposeAsync(admitted -> stage(admitted, call), timer.executor());
    var ignored =
        result.whenComplete((value, failure) -> {
          if (result.isCancelled()) {
            admission.cancel(true);
          }
        });
    return result;
  }

  @SuppressWarnings("unchecked") // checked when the method was resolved
  private static CompletionStage<@Nullable Object> stage(
      Admission admission, MethodInvocation call) {
    try {
      Object stage = admission.proceed(call);
      return stage == null
          ? CompletableFuture.completedFuture(null)
          : (CompletionStage<@Nullable Object>) stage;
    } catch (Throwable e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
