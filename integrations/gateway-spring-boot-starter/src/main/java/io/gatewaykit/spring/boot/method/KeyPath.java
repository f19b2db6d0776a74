// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * A parameter with a path of properties, such as {@code #order.customer.id}. The properties are
 * resolved once, from the declared types. Unlike an expression language, a path cannot call other
 * methods. Immutable.
 *
 * @param parameter the index of the parameter
 * @param accessors the accessors of the properties, in order
 */
record KeyPath(int parameter, List<Method> accessors) {
  private static final Pattern TEXT = Pattern.compile("#\\w+(\\.\\w+)*");
  private static final String EXPECTED =
      "principal, all, or a parameter with properties such as #order.id";

  /** Copies the list. */
  KeyPath {
    accessors = List.copyOf(accessors);
  }

  /**
   * Resolves a path.
   *
   * @throws RateLimitedUsageException if it has no value for this method, or one that is no key
   */
  static KeyPath of(String text, Method method, Class<?> targetClass) {
    if (!TEXT.matcher(text).matches()) {
      throw new RateLimitedUsageException(method, "key: " + text + " (expected: " + EXPECTED + ")");
    }
    List<String> names = Arrays.asList(StringUtils.tokenizeToStringArray(text.substring(1), "."));
    int parameter = parameter(text, names.get(0), method);
    ResolvableType type = ResolvableType.forMethodParameter(method, parameter, targetClass);
    var accessors = new ArrayList<Method>();
    for (String name : names.subList(1, names.size())) {
      Method accessor = accessor(type.toClass(), name);
      if (accessor == null) {
        throw new RateLimitedUsageException(
            method,
            "key: " + text + " (expected: a property of " + type + " instead of " + name + ")");
      }
      accessors.add(accessor);
      type = ResolvableType.forType(accessor.getGenericReturnType(), type);
    }
    if (!isKey(ClassUtils.resolvePrimitiveIfNecessary(type.toClass()))) {
      throw new RateLimitedUsageException(
          method,
          "key: "
              + text
              + " has the type "
              + type
              + " (expected: a string, number, boolean, character, enum, UUID or address)");
    }
    return new KeyPath(parameter, accessors);
  }

  private static int parameter(String text, String name, Method method) {
    String[] names = new DefaultParameterNameDiscoverer().getParameterNames(method);
    if (names == null) {
      throw new RateLimitedUsageException(
          method,
          "key: "
              + text
              + " needs the names of parameters (expected: compilation with -parameters)");
    }
    int index = Arrays.asList(names).indexOf(name);
    if (index < 0) {
      throw new RateLimitedUsageException(
          method,
          "key: " + text + " (expected: one of the parameters " + String.join(", ", names) + ")");
    }
    return index;
  }

  private static @Nullable Method accessor(Class<?> type, String name) {
    String capitalized = name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    for (String candidate : List.of(name, "get" + capitalized, "is" + capitalized)) {
      Method method = ClassUtils.getMethodIfAvailable(type, candidate);
      if (method != null
          && method.getReturnType() != void.class
          && method.getDeclaringClass() != Object.class
          && !Modifier.isStatic(method.getModifiers())) {
        ReflectionUtils.makeAccessible(method);
        return method;
      }
    }
    return null;
  }

  private static boolean isKey(Class<?> type) {
    return CharSequence.class.isAssignableFrom(type)
        || Number.class.isAssignableFrom(type)
        || type == Boolean.class
        || type == Character.class
        || type.isEnum()
        || type == UUID.class
        || InetAddress.class.isAssignableFrom(type);
  }

  /** Returns the value of a call; null if the parameter or a property is null. */
  @Nullable Object value(@Nullable Object[] arguments) {
    Object value = arguments[parameter];
    for (int i = 0; i < accessors.size() && value != null; i++) {
      value = read(accessors.get(i), value);
    }
    return value;
  }

  private static @Nullable Object read(Method accessor, Object owner) {
    try {
      return accessor.invoke(owner);
    } catch (InvocationTargetException e) {
      ReflectionUtils.rethrowRuntimeException(e.getTargetException());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read " + accessor, e);
    }
    throw new AssertionError("unreachable");
  }
}
