// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Explains a wrong value: the reason, and the properties concerned with their origins. */
final class GatewayPropertyFailureAnalyzer
    extends AbstractFailureAnalyzer<GatewayPropertyException> {
  private final Environment environment;

  GatewayPropertyFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, GatewayPropertyException cause) {
    var description = new StringBuilder(String.valueOf(cause.getMessage())).append('\n');
    for (ConfigurationProperty property : properties(cause.property())) {
      description
          .append(String.format("%n    Property: %s", property.getName()))
          .append(String.format("%n    Value: \"%s\"", property.getValue()))
          .append(String.format("%n    Origin: %s%n", property.getOrigin()));
    }
    return new FailureAnalysis(description.toString(), "Correct the property.", cause);
  }

  private List<ConfigurationProperty> properties(String prefix) {
    ConfigurationPropertyName group = ConfigurationPropertyName.of(prefix);
    var found = new ArrayList<ConfigurationProperty>();
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      if (source instanceof IterableConfigurationPropertySource iterable) {
        iterable.stream()
            .filter(name -> group.equals(name) || group.isAncestorOf(name))
            .filter(name -> found.stream().noneMatch(known -> known.getName().equals(name)))
            .map(iterable::getConfigurationProperty)
            .forEach(found::add);
      }
    }
    return found;
  }
}
