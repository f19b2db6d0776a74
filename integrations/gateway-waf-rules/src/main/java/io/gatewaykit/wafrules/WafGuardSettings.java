// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.waf.WafGuard;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The settings of a guard other than its firewall: the failure mode, and the handling of bodies
 * that cannot be inspected completely. Not modified once the reader has filled it.
 */
final class WafGuardSettings {
  /** The text of a setting, and the node that contains it. */
  private record Word(String text, Node node) {}

  private static final List<String> NAMES =
      List.of("failure-mode", "reject-oversize", "reject-unknown-codings");

  private final Map<String, Word> words = new LinkedHashMap<>();
  private final List<Consumer<WafGuard.Builder>> settings = new ArrayList<>();
  private String file = "";

  void read(Fields fields) {
    file = fields.problems().file();
    set(fields, "failure-mode", WafGuardSettings::failureMode, WafGuard.Builder::failureMode);
    set(fields, "reject-oversize", WafGuardSettings::bool, WafGuard.Builder::rejectOversize);
    set(
        fields,
        "reject-unknown-codings",
        WafGuardSettings::bool,
        WafGuard.Builder::rejectUnknownCodings);
  }

  private <T> void set(
      Fields fields,
      String name,
      Function<String, T> parser,
      BiConsumer<WafGuard.Builder, T> setting) {
    fields.set(
        name,
        word -> {
          T value = parser.apply(word);
          words.put(name, new Word(word, fields.where(name)));
          settings.add(guard -> setting.accept(guard, value));
        });
  }

  static FailureMode failureMode(String word) {
    return switch (word) {
      case "closed" -> FailureMode.FAIL_CLOSED;
      case "open" -> FailureMode.FAIL_OPEN;
      default -> throw new IllegalArgumentException(word + " (expected: one of closed, open)");
    };
  }

  private static boolean bool(String word) {
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(word + " (expected: true or false)");
    };
  }

  void apply(WafGuard.Builder guard) {
    settings.forEach(setting -> setting.accept(guard));
  }

  /** Returns a problem for each setting that differs from the active one, at its position. */
  List<PolicyProblem> differences(WafGuardSettings inForce) {
    PolicyProblems problems = new PolicyProblems(file);
    for (String name : NAMES) {
      Word now = words.get(name);
      Word old = inForce.words.get(name);
      String text = now == null ? "" : now.text();
      String before = old == null ? "" : old.text();
      if (!text.equals(before)) {
        String value = before.isEmpty() ? "the default" : before;
        problems.add(
            now == null ? Optional.empty() : now.node().getStartMark(),
            name,
            "changed (in force: " + value + ", until the file is reopened)");
      }
    }
    return problems.sorted();
  }
}
