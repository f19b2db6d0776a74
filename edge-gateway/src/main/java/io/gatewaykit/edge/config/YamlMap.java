// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads the fields of a YAML mapping. An invalid value is recorded and replaced by a default, so
 * that reading continues and finds further problems. {@link #close} reports unknown fields.
 */
final class YamlMap implements AutoCloseable {
  private final ConfigProblems problems;
  private final String path;
  private final Node node;
  private final Map<String, NodeTuple> fields = new LinkedHashMap<>();
  private final TreeSet<String> known = new TreeSet<>();

  YamlMap(ConfigProblems problems, String path, Node node) {
    this.problems = problems;
    this.path = path;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      problems.add(node, path, describe(node), "a mapping of fields to values");
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(tuple.getKeyNode(), path, describe(tuple.getKeyNode()), "a field name");
      } else if (fields.putIfAbsent(key.getValue(), tuple) != null) {
        problems.add(key, at(key.getValue()), "duplicate field", "each field once");
      }
    }
  }

  ConfigProblems problems() {
    return problems;
  }

  /** Returns the path of a field of this mapping. */
  String at(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  boolean has(String field) {
    return fields.containsKey(field);
  }

  /** Returns the node of a field, or of the mapping if the field is missing. */
  Node where(String field) {
    NodeTuple tuple = fields.get(field);
    return tuple == null ? node : tuple.getValueNode();
  }

  <T> T scalar(String field, Scalar<T> kind, T otherwise) {
    T value = optional(field, kind);
    return value == null ? otherwise : value;
  }

  /** Returns null if the field is missing or invalid. */
  <T> @Nullable T optional(String field, Scalar<T> kind) {
    Node value = take(field);
    return value == null ? null : parse(value, at(field), kind);
  }

  <T> @Nullable T required(String field, Scalar<T> kind) {
    if (!fields.containsKey(field) && node instanceof MappingNode) {
      problems.add(node, at(field), "missing", kind.expected());
    }
    return optional(field, kind);
  }

  <T> List<T> scalars(String field, Scalar<T> kind, List<T> otherwise) {
    Node value = take(field);
    if (value == null) {
      return otherwise;
    }
    var list = new ArrayList<T>();
    forEach(
        value,
        field,
        (at, item) -> {
          T parsed = parse(item, at, kind);
          if (parsed != null) {
            list.add(parsed);
          }
        });
    return list;
  }

  /** Reads a nested mapping; returns the default if the field is missing. */
  <T> T map(String field, Function<YamlMap, T> reader, T otherwise) {
    Node value = take(field);
    return value == null ? otherwise : read(at(field), value, reader);
  }

  /** Reads a nested mapping; returns null if the field is missing. */
  <T> @Nullable T optionalMap(String field, Function<YamlMap, T> reader) {
    Node value = take(field);
    return value == null ? null : read(at(field), value, reader);
  }

  /** Returns the node of a field that is parsed elsewhere, or null if the field is missing. */
  @Nullable Node node(String field) {
    return take(field);
  }

  /** Reads a list of mappings. */
  <T> List<T> list(String field, Function<YamlMap, T> reader) {
    var list = new ArrayList<T>();
    Node value = take(field);
    if (value != null) {
      forEach(value, field, (at, item) -> list.add(read(at, item, reader)));
    }
    return list;
  }

  /** Reads a mapping of names to mappings. */
  <T> List<T> named(String field, NamedReader<T> reader) {
    var list = new ArrayList<T>();
    Node value = take(field);
    if (value != null) {
      var names = new YamlMap(problems, at(field), value);
      names.fields.forEach((name, tuple) ->
          list.add(read(names.at(name), tuple.getValueNode(), map -> reader.read(name, map))));
    }
    return list;
  }

  /** Reads a named mapping. */
  @FunctionalInterface
  interface NamedReader<T> {
    T read(String name, YamlMap map);
  }

  /** Reports the fields that have not been read. */
  @Override
  public void close() {
    fields.forEach((name, tuple) -> {
      if (!known.contains(name)) {
        problems.add(
            tuple.getKeyNode(), at(name), "unknown field", "one of " + String.join(", ", known));
      }
    });
  }

  private <T> T read(String at, Node value, Function<YamlMap, T> reader) {
    try (var map = new YamlMap(problems, at, value)) {
      return reader.apply(map);
    }
  }

  private @Nullable Node take(String field) {
    known.add(field);
    NodeTuple tuple = fields.get(field);
    return tuple == null ? null : tuple.getValueNode();
  }

  private void forEach(Node value, String field, Item consumer) {
    if (!(value instanceof SequenceNode sequence)) {
      problems.add(value, at(field), describe(value), "a list");
      return;
    }
    int i = 0;
    for (Node item : sequence.getValue()) {
      consumer.accept(at(field) + "[" + i++ + "]", item);
    }
  }

  @FunctionalInterface
  private interface Item {
    void accept(String at, Node item);
  }

  private <T> @Nullable T parse(Node value, String at, Scalar<T> kind) {
    T parsed = value instanceof ScalarNode s ? kind.parser().parse(s.getValue()) : null;
    if (parsed == null) {
      problems.add(value, at, describe(value), kind.expected());
    }
    return parsed;
  }

  private static String describe(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue().isEmpty() ? "nothing" : scalar.getValue();
    }
    return node instanceof SequenceNode ? "a list" : "a mapping";
  }
}
