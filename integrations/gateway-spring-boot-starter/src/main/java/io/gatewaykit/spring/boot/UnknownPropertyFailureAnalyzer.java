// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Explains a property {@code gatewaykit.*} with an unknown name, with the permitted names. */
@Order(
    Ordered.HIGHEST_PRECEDENCE) // before the analyzer of Spring Boot, which names only the origin
final class UnknownPropertyFailureAnalyzer
    extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {
  private static final ConfigurationPropertyName ROOT =
      ConfigurationPropertyName.of(GatewayKitProperties.PREFIX);
  private static final Pattern CAPITAL = Pattern.compile("([A-Z])");

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable rootFailure, UnboundConfigurationPropertiesException cause) {
    var description = new StringBuilder();
    for (ConfigurationProperty property : cause.getUnboundProperties()) {
      if (!ROOT.isAncestorOf(property.getName())) {
        return null;
      }
      description
          .append(String.format("%s is not a property of GatewayKit.%n", property.getName()))
          .append(String.format("%n    Value: \"%s\"", property.getValue()))
          .append(String.format("%n    Origin: %s", property.getOrigin()))
          .append(String.format("%n    Expected: %s%n%n", expected(property.getName())));
    }
    return new FailureAnalysis(
        description.toString().stripTrailing(), "Correct the name of the property.", cause);
  }

  /** Returns the permitted names at the first element of the name that is not permitted. */
  private static String expected(ConfigurationPropertyName name) {
    Type type = GatewayKitProperties.class;
    String at = GatewayKitProperties.PREFIX;
    for (int i = 1; i < name.getNumberOfElements(); i++) {
      String element = name.getElement(i, Form.UNIFORM);
      if (type instanceof Class<?> group && group.isRecord()) {
        RecordComponent component = component(group, element);
        if (component == null) {
          return "one of " + String.join(", ", names(group)) + " below " + at;
        }
        type = component.getGenericType();
      } else if (type instanceof ParameterizedType collection) {
        Type[] arguments = collection.getActualTypeArguments();
        type = arguments[arguments.length - 1]; // of a list, or the values of a map
      } else {
        return "a value of " + at + ", without further names";
      }
      at += (name.isNumericIndex(i) ? "[" : ".") + name.getElement(i, Form.ORIGINAL);
      at += name.isNumericIndex(i) ? "]" : "";
    }
    return type instanceof Class<?> group && group.isRecord()
        ? "one of " + String.join(", ", names(group)) + " below " + at
        : "a value of another type";
  }

  private static @Nullable RecordComponent component(Class<?> group, String uniform) {
    for (RecordComponent component : group.getRecordComponents()) {
      if (component.getName().toLowerCase(Locale.ROOT).equals(uniform)) {
        return component;
      }
    }
    return null;
  }

  /** Returns the names of the properties of a group, as written in files. */
  static List<String> names(Class<?> group) {
    return Arrays.stream(group.getRecordComponents())
        .map(component -> CAPITAL.matcher(component.getName()).replaceAll("-$1"))
        .map(name -> name.toLowerCase(Locale.ROOT))
        .toList();
  }
}
