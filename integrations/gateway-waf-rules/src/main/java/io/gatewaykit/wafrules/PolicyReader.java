// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafMode;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.wafrules.BoundedParser.BoundException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads firewall settings from YAML. The text is composed into nodes and never constructed into
 * objects. There are therefore no type tags, and each node has its line and column.
 */
final class PolicyReader {
  private static final int MAX_CODE_POINTS = 4 << 20;
  // Enough for convenience; each level of many aliases would multiply the tree.
  private static final int MAX_ALIASES = 16;

  private final List<PolicyProblems> files = new ArrayList<>();
  private final List<Item> items = new ArrayList<>();
  private final WafGuardSettings guard = new WafGuardSettings();
  private final Canonical canonical = new Canonical();

  /**
   * A setting, with its position for errors that only building the firewall detects.
   *
   * @param isRule whether other items can depend on it
   */
  private record Item(
      PolicyProblems problems,
      Node node,
      String at,
      boolean isRule,
      Consumer<Waf.Builder> setting) {}

  /** Starts a file. Its errors follow those of earlier files. */
  PolicyProblems file(String name) {
    PolicyProblems problems = new PolicyProblems(name);
    files.add(problems);
    return problems;
  }

  /** Composes the text of a file; returns null if it has errors, which are recorded. */
  static @Nullable Node compose(String file, String yaml, PolicyProblems problems) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setCodePointLimit(MAX_CODE_POINTS)
            .setMaxAliasesForCollections(MAX_ALIASES)
            .build();
    try {
      // The package of Compose is not exported on the module path.
      var parser = new BoundedParser(new ParserImpl(settings, new StreamReader(settings, yaml)));
      Optional<Node> root = new Composer(settings, parser).getSingleNode();
      if (root.isEmpty()) {
        problems.add(Optional.empty(), "", "an empty file (expected: a mapping of settings)");
      }
      return root.orElse(null);
    } catch (MarkedYamlEngineException e) {
      String expected = e instanceof BoundException bound ? bound.expected() : "well-formed YAML";
      problems.add(e.getProblemMark(), "", e.getProblem() + " (expected: " + expected + ")");
    } catch (YamlEngineException e) {
      problems.add(Optional.empty(), "", e.getMessage() + " (expected: well-formed YAML)");
    }
    return null;
  }

  /** Reads all settings of a mapping. Returns the files that it includes. */
  List<String> settings(String path, Node node, PolicyProblems problems) {
    List<String> included = new ArrayList<>();
    if (!canonical.append(node, problems)) {
      return included;
    }
    try (Fields fields = new Fields(problems, path, node)) {
      set(fields, "mode", (waf, word) -> waf.mode(Fields.constant(WafMode.class, word)));
      integer(fields, "threshold", Waf.Builder::threshold);
      integer(fields, "paranoia", Waf.Builder::paranoia);
      integer(fields, "detection-paranoia", Waf.Builder::detectionParanoia);
      fields.setList(
          "families",
          words -> {
            RuleFamily[] families =
                words.stream()
                    .map(word -> Fields.constant(RuleFamily.class, word))
                    .toArray(RuleFamily[]::new);
            add(fields, "families", waf -> waf.families(families));
          });
      fields.nested("limits", inner -> items.add(limits(inner)));
      guard.read(fields);
      fields.setList("include", included::addAll);
      rules(fields);
    }
    return included;
  }

  /** Reads an included file, which can contain rules and exclusions only. */
  void rulesOnly(Node node, PolicyProblems problems) {
    if (canonical.append(node, problems)) {
      try (Fields fields = new Fields(problems, "", node)) {
        rules(fields);
      }
    }
  }

  private void rules(Fields fields) {
    fields.each(
        "rules",
        inner -> {
          Rule rule = RuleReader.read(inner);
          if (rule != null) {
            items.add(
                new Item(
                    inner.problems(),
                    inner.where("id"),
                    inner.at("id"),
                    true,
                    waf -> waf.rule(rule)));
          }
          return rule;
        });
    fields.each(
        "exclusions",
        inner -> {
          Exclusion exclusion = inner.attempt(ExclusionReader::read);
          if (exclusion != null) {
            items.add(
                new Item(
                    inner.problems(),
                    inner.node(),
                    inner.at(""),
                    false,
                    waf -> waf.exclude(exclusion)));
          }
          return exclusion;
        });
    fields.entries(
        "family-modes",
        (mapping, family, mode) -> {
          RuleFamily of = Fields.constant(RuleFamily.class, family);
          RuleMode to = Fields.constant(RuleMode.class, mode);
          add(mapping, family, waf -> waf.familyMode(of, to));
        });
    fields.entries(
        "rule-modes",
        (mapping, rule, mode) -> {
          RuleMode to = Fields.constant(RuleMode.class, mode);
          add(mapping, rule, waf -> waf.ruleMode(rule, to));
        });
    fields.entries(
        "rule-scores",
        (mapping, rule, points) -> {
          int number = Fields.integer(points);
          add(mapping, rule, waf -> waf.ruleScore(rule, number));
        });
  }

  private Item limits(Fields fields) {
    return new Item(
        fields.problems(), fields.node(), fields.at(""), false, LimitsReader.read(fields));
  }

  private void set(Fields fields, String field, BiConsumer<Waf.Builder, String> setting) {
    fields.set(field, text -> add(fields, field, waf -> setting.accept(waf, text)));
  }

  private void integer(Fields fields, String field, ObjIntConsumer<Waf.Builder> setting) {
    fields.setInt(field, number -> add(fields, field, waf -> setting.accept(waf, number)));
  }

  /** Adds a setting after a trial, so that a rejection is recorded at its position. */
  private void add(Fields fields, String field, Consumer<Waf.Builder> setting) {
    setting.accept(Waf.builder());
    items.add(new Item(fields.problems(), fields.where(field), fields.at(field), false, setting));
  }

  /**
   * Returns the policy, after building a firewall from it once.
   *
   * @throws PolicyException if there are errors; lists all of them
   */
  WafPolicy policy(List<Path> includes) throws PolicyException {
    List<Consumer<Waf.Builder>> settings = items.stream().map(Item::setting).toList();
    if (files.stream().allMatch(PolicyProblems::isEmpty)) {
      Waf.Builder waf = Waf.builder();
      settings.forEach(setting -> setting.accept(waf));
      try {
        waf.build();
      } catch (IllegalArgumentException e) {
        locate(e);
      }
    }
    List<PolicyProblem> all = files.stream().flatMap(file -> file.sorted().stream()).toList();
    if (!all.isEmpty()) {
      throw new PolicyException(all);
    }
    return new WafPolicy(settings, guard, List.copyOf(includes), canonical.toString());
  }

  /** Records a rejection at the item that causes it, found by building with each item alone. */
  private void locate(IllegalArgumentException rejection) {
    Waf.Builder rules = Waf.builder();
    for (Item item : items) {
      if (item.isRule() && rejects(rules, item)) {
        return;
      }
    }
    for (Item item : items) {
      if (!item.isRule()) {
        Waf.Builder waf = Waf.builder();
        items.stream().filter(Item::isRule).forEach(rule -> rule.setting().accept(waf));
        if (rejects(waf, item)) {
          return;
        }
      }
    }
    files.get(0).add(Optional.empty(), "", String.valueOf(rejection.getMessage()));
  }

  private boolean rejects(Waf.Builder waf, Item item) {
    item.setting().accept(waf);
    try {
      waf.build();
      return false;
    } catch (IllegalArgumentException e) {
      item.problems().add(item.node(), item.at(), String.valueOf(e.getMessage()));
      return true;
    }
  }
}
