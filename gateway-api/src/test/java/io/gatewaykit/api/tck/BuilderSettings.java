// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls the setters of builders by reflection. A builder is a public class whose name ends with
 * {@code Builder}; a setter is a public method that returns the builder. Values of parameters are
 * made up from their types: a proxy for an interface, the first constant of an enum, 2 for a
 * number. Values of other types, or for setters with a narrower range, are samples of the caller.
 */
final class BuilderSettings {
  private final List<Class<?>> classes;
  private final Map<Object, Object> samples;

  /** The types of the values that are being made, so that a value does not contain its own type. */
  private final Set<Class<?>> unfinished = new HashSet<>();

  /**
   * Sets the classes to search.
   *
   * @param classes the public classes of a module
   * @param samples values by parameter type, or arguments by name of the setter, such as {@code
   *     "LineSwitcher.Builder.ramp"}
   */
  BuilderSettings(Collection<Class<?>> classes, Map<Object, Object> samples) {
    this.classes =
        classes.stream().sorted(Comparator.comparing((Class<?> type) -> type.getName())).toList();
    this.samples = samples;
  }

  /** Returns the builders with more setters than permitted, with their setters. */
  List<String> withMoreSettersThan(int max) {
    var violations = new ArrayList<String>();
    for (Class<?> builder : builders()) {
      var names = new TreeSet<String>();
      setters(builder).forEach(setter -> names.add(setter.getName()));
      if (names.size() > max) {
        violations.add(name(builder) + ": " + names.size() + " setters " + names);
      }
    }
    return violations;
  }

  /**
   * Returns the setters that accept a second call, and those that could not be called.
   *
   * @param adding names of setters that add to a collection, such as {@code Route.Builder.header}
   */
  List<String> acceptedTwice(Set<String> adding) {
    var violations = new ArrayList<String>();
    for (Class<?> builder : builders()) {
      for (Method setter : setters(builder)) {
        String name = name(builder) + "." + setter.getName();
        if (!adding.contains(name)) {
          String violation = acceptsTwice(builder, setter, name);
          if (violation != null) {
            violations.add(name + Arrays.toString(setter.getParameterTypes()) + ": " + violation);
          }
        }
      }
    }
    return violations;
  }

  private @Nullable String acceptsTwice(Class<?> type, Method setter, String name) {
    String problem = "";
    for (Samples values : Samples.ALL) {
      try {
        Object builder = create(type, values);
        Object[] arguments =
            samples.get(name) instanceof Object[] given ? given : arguments(setter, values);
        setter.invoke(builder, arguments);
        return secondCall(setter, builder, arguments);
      } catch (InvocationTargetException e) {
        problem = "first call: " + e.getCause();
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        problem = e.getMessage();
      }
    }
    return problem;
  }

  private static @Nullable String secondCall(Method setter, Object builder, Object[] arguments)
      throws ReflectiveOperationException {
    try {
      setter.invoke(builder, arguments);
      return "can be called twice";
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      boolean refused =
          cause instanceof IllegalStateException
              && String.valueOf(cause.getMessage()).contains("(expected: ");
      return refused ? null : "second call: " + cause;
    }
  }

  private List<Class<?>> builders() {
    return classes.stream()
        .filter(type -> type.getSimpleName().endsWith("Builder"))
        .filter(type -> !setters(type).isEmpty())
        .toList();
  }

  private static List<Method> setters(Class<?> builder) {
    return Arrays.stream(builder.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .filter(method -> !method.isBridge() && !method.isSynthetic())
        .filter(method -> method.getReturnType().isAssignableFrom(builder))
        .filter(method -> method.getReturnType() != Object.class)
        .sorted(Comparator.comparing(Method::toString))
        .toList();
  }

  private Object create(Class<?> type, Samples values) throws ReflectiveOperationException {
    if (samples.get(type) instanceof Supplier<?> supplier) {
      return requireNonNull(supplier.get());
    }
    for (Class<?> owner : classes) {
      for (Method factory : factories(owner, type)) {
        return requireNonNull(factory.invoke(null, arguments(factory, values)));
      }
    }
    for (Constructor<?> constructor : type.getConstructors()) {
      return constructor.newInstance(arguments(constructor, values));
    }
    throw new IllegalArgumentException("builder: none (expected: a factory or a sample)");
  }

  private Object[] arguments(Executable method, Samples values) {
    return Arrays.stream(method.getParameterTypes()).map(type -> sample(type, values)).toArray();
  }

  private Object sample(Class<?> type, Samples values) {
    Object sample = samples.get(type);
    if (sample == null) {
      sample = values.of(type);
    }
    if (sample == null && type.isArray()) {
      sample = Array.newInstance(type.getComponentType(), 1);
      Array.set(sample, 0, sample(type.getComponentType(), values));
    }
    if (sample == null) {
      sample = made(type, values);
    }
    if (sample == null) {
      throw new IllegalArgumentException(type.getName() + ": no value (expected: a sample)");
    }
    return sample;
  }

  /** Returns a value of a factory, a constructor or a builder of a type of the project, or null. */
  private @Nullable Object made(Class<?> type, Samples values) {
    if (!type.getName().startsWith("io.gatewaykit.") || !unfinished.add(type)) {
      return null;
    }
    try {
      for (Making making : makings(type, values)) {
        try {
          return making.make();
        } catch (ReflectiveOperationException | IllegalArgumentException inapplicable) {
          // the next one
        }
      }
      return null;
    } finally {
      unfinished.remove(type);
    }
  }

  private List<Making> makings(Class<?> type, Samples values) {
    var makings = new ArrayList<Making>();
    if (type.getSimpleName().endsWith("Builder")) {
      makings.add(() -> create(type, values));
    }
    for (Method factory : factories(type, type)) {
      makings.add(() -> factory.invoke(null, arguments(factory, values)));
    }
    for (Constructor<?> constructor : type.getConstructors()) {
      makings.add(() -> constructor.newInstance(arguments(constructor, values)));
    }
    for (Method factory : type.getMethods()) {
      if (Modifier.isStatic(factory.getModifiers()) && factory.getName().equals("builder")) {
        makings.add(() -> {
          Object builder = factory.invoke(null, arguments(factory, values));
          return builder.getClass().getMethod("build").invoke(builder);
        });
      }
    }
    return makings;
  }

  private interface Making {
    Object make() throws ReflectiveOperationException;
  }

  /** Returns the static methods of a class with this type of result, the simplest first. */
  private static List<Method> factories(Class<?> owner, Class<?> result) {
    return Arrays.stream(owner.getMethods())
        .filter(method -> Modifier.isStatic(method.getModifiers()))
        .filter(method -> method.getReturnType() == result)
        .sorted(Comparator.comparingInt(Method::getParameterCount).thenComparing(Method::toString))
        .toList();
  }

  private static String name(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return outer == null ? type.getSimpleName() : name(outer) + "." + type.getSimpleName();
  }

  /** Values for the types of the JDK. No one of the three suits the range of every setter. */
  private record Samples(int number, double fraction, String text) {
    private static final List<Samples> ALL =
        List.of(
            new Samples(2, 0.5, "x"), new Samples(500, 1, "/x"), new Samples(100_000, 2, "200"));

    private @Nullable Object of(Class<?> type) {
      if (type == boolean.class) {
        return true;
      } else if (type == int.class) {
        return number;
      } else if (type == long.class) {
        return (long) number;
      } else if (type == double.class) {
        return fraction;
      } else if (type == byte.class) {
        return (byte) number;
      } else if (type == String.class || type == Object.class) {
        return text;
      } else if (type == Duration.class) {
        return Duration.ofSeconds(2);
      } else if (type == List.class || type == Collection.class) {
        return List.of(text);
      } else if (type == Set.class) {
        return Set.of(text);
      } else if (type.isEnum()) {
        return type.getEnumConstants()[0];
      }
      return type.isInterface() && !type.isSealed() ? proxy(type) : null;
    }

    @SuppressWarnings("ReferenceEquality") // a proxy has no other identity
    private static Object proxy(Class<?> type) {
      return Proxy.newProxyInstance(
          type.getClassLoader(),
          new Class<?>[] {type},
          (self, method, arguments) ->
              switch (method.getName()) {
                case "toString" -> type.getSimpleName();
                case "hashCode" -> System.identityHashCode(self);
                case "equals" -> self == requireNonNull(arguments)[0];
                default -> null;
              });
    }
  }
}
