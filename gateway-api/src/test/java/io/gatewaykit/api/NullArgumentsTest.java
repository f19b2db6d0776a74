// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.RejectionRenderer;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.PathMatcher;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import io.gatewaykit.api.upstream.Endpoint;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A null where none is permitted is a NullPointerException that names the argument. */
class NullArgumentsTest {
  private static final List<Object> BUILDERS =
      List.of(
          Route.builder("r", "t"),
          ClientAddressResolver.builder(),
          RequestHead.builder("GET", "/"),
          Rejection.builder(403, "c", "T"),
          GuardChain.builder());

  private static final List<Class<?>> FACTORIES =
      List.of(
          Route.class,
          RouteTable.class,
          LiveRoutes.class,
          PathMatcher.class,
          RequestHead.class,
          Rejection.class,
          RejectionRenderer.class,
          ClientAddressResolver.class,
          GuardChain.class,
          Endpoint.class);

  private static @Nullable Object sample(Class<?> type) {
    if (type == String.class) {
      return "/x";
    }
    if (type == boolean.class) {
      return false;
    }
    if (type.isPrimitive()) {
      return Array.get(Array.newInstance(type, 1), 0);
    }
    return type.isArray() ? Array.newInstance(type.getComponentType(), 0) : null;
  }

  /** Returns the problem, or null if the message names the argument. */
  private static @Nullable String problem(Method method, @Nullable Object on, int index)
      throws IllegalAccessException {
    Class<?>[] types = method.getParameterTypes();
    @Nullable Object[] arguments = new @Nullable Object[types.length];
    for (int i = 0; i < types.length; i++) {
      arguments[i] = i == index ? null : sample(types[i]);
    }
    String call = method.getDeclaringClass().getSimpleName() + "." + method.getName() + " " + index;
    try {
      method.invoke(on, arguments);
      return call + ": accepted";
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      boolean named =
          cause instanceof NullPointerException
              && String.valueOf(cause.getMessage()).matches("[a-zA-Z]+");
      return named || cause instanceof IllegalArgumentException ? null : call + ": " + cause;
    }
  }

  @Test
  void nullArguments_areNamed() throws IllegalAccessException {
    var problems = new ArrayList<String>();
    for (Object builder : BUILDERS) {
      for (Method method : builder.getClass().getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          addProblems(method, builder, problems);
        }
      }
    }
    for (Class<?> factory : FACTORIES) {
      for (Method method : factory.getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers()) && Modifier.isStatic(method.getModifiers())) {
          addProblems(method, null, problems);
        }
      }
    }
    assertThat(problems).isEmpty();
  }

  private static void addProblems(Method method, @Nullable Object on, List<String> problems)
      throws IllegalAccessException {
    Class<?>[] types = method.getParameterTypes();
    for (int i = 0; i < types.length; i++) {
      String problem = types[i].isPrimitive() ? null : problem(method, on, i);
      if (problem != null) {
        problems.add(problem);
      }
    }
  }
}
