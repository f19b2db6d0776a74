// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.edge.config.GatewayConfig.WafConfig;
import io.gatewaykit.wafrules.PolicyException;
import io.gatewaykit.wafrules.WafPolicy;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads the policies of the firewall, and the policy that a route selects. */
final class WafSection {
  static final String ON = "on";
  private static final String OFF = "off";
  private static final String POLICIES = "waf-policies";

  private WafSection() {}

  /** Reads {@code waf} and {@code waf-policies}. */
  static WafConfig read(YamlMap map, Path file) {
    Node node = map.node("waf");
    WafPolicy policy =
        node == null ? WafPolicy.defaults() : policy(map.problems(), file, "waf", node);
    Map<String, WafPolicy> named = new TreeMap<>();
    if (map.node(POLICIES) instanceof MappingNode policies) {
      for (NodeTuple tuple : policies.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key && isName(key.getValue())) {
          String at = POLICIES + "." + key.getValue();
          named.put(key.getValue(), policy(map.problems(), file, at, tuple.getValueNode()));
        } else {
          map.problems()
              .add(tuple.getKeyNode(), POLICIES, "a name", "letters, digits, '-' and '_', not on");
        }
      }
    } else if (map.node(POLICIES) != null) {
      map.problems()
          .add(map.where(POLICIES), POLICIES, "not a mapping", "a mapping of names to policies");
    }
    return new WafConfig(policy, named);
  }

  private static boolean isName(String text) {
    return text.matches("[A-Za-z0-9_-]{1,64}") && !text.matches("on|off|true|false");
  }

  private static WafPolicy policy(ConfigProblems problems, Path file, String at, Node node) {
    try {
      return WafPolicy.of(file, at, node);
    } catch (PolicyException e) {
      e.problems().forEach(problems::add);
      return WafPolicy.defaults(); // already reported as a problem; never applied
    }
  }

  /** Returns the type of a policy selection: on, off, or the name of a policy. */
  static Scalar<String> choice(WafConfig firewall) {
    var names = new TreeSet<>(firewall.named().keySet());
    String expected = "on or off, true or false";
    return new Scalar<>(
        names.isEmpty() ? expected : expected + ", or one of " + String.join(", ", names),
        text ->
            switch (text) {
              case ON, "true" -> ON;
              case OFF, "false" -> OFF;
              default -> names.contains(text) ? text : null;
            });
  }

  static boolean isOn(String choice) {
    return !choice.equals(OFF);
  }

  static String policyName(String choice) {
    return choice.equals(ON) || choice.equals(OFF) ? "" : choice;
  }
}
