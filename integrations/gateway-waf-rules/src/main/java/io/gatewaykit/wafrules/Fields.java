// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads a mapping field by field. An error is recorded and its field skipped, so that reading
 * continues and detects further errors. {@link #close} reports unknown fields.
 */
final class Fields implements AutoCloseable {
  private final PolicyProblems problems;
  private final String path;
  private final Node node;
  private final Map<String, NodeTuple> fields = new LinkedHashMap<>();
  private final TreeSet<String> known = new TreeSet<>();

  Fields(PolicyProblems problems, String path, Node node) {
    this.problems = problems;
    this.path = path;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      problems.add(node, path, describe(node) + " (expected: a mapping of fields to values)");
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(tuple.getKeyNode(), path, "a field name that is not text (expected: a name)");
      } else if (fields.putIfAbsent(key.getValue(), tuple) != null) {
        problems.add(key, at(key.getValue()), "duplicate field (expected: each field once)");
      }
    }
  }

  String at(String field) {
    return path.isEmpty() || field.isEmpty() ? path + field : path + "." + field;
  }

  /** Returns the value of a field, or the mapping if the field is missing. */
  Node where(String field) {
    NodeTuple tuple = fields.get(field);
    return tuple == null ? node : tuple.getValueNode();
  }

  PolicyProblems problems() {
    return problems;
  }

  Node node() {
    return node;
  }

  boolean has(String field) {
    known.add(field);
    return fields.containsKey(field);
  }

  void problem(String field, String message) {
    problems.add(where(field), at(field), message);
  }

  /** Returns the text of a field, or null if it is missing or not a scalar. */
  @Nullable String text(String field) {
    Node value = take(field);
    return value == null ? null : scalar(value, at(field));
  }

  /**
   * Applies a setting to the text of a field, if present. An {@link IllegalArgumentException} is
   * recorded as an error at the field's value.
   */
  void set(String field, Consumer<String> setting) {
    Node value = take(field);
    String text = value == null ? null : scalar(value, at(field));
    if (value != null && text != null) {
      attempt(value, at(field), () -> setting.accept(text));
    }
  }

  /** Applies a setting to the number of a field, if present. */
  void setNumber(String field, LongConsumer setting) {
    set(field, text -> setting.accept(number(text)));
  }

  private static long number(String text) {
    if (!text.matches("-?[0-9]{1,18}")) {
      throw new IllegalArgumentException(text + " (expected: a whole number)");
    }
    return Long.parseLong(text);
  }

  /** Parses a number, clamped to the range of {@code int}. */
  static int integer(String text) {
    return (int) Math.max(Integer.MIN_VALUE, Math.min(number(text), Integer.MAX_VALUE));
  }

  /**
   * Applies a setting to the number of a field, clamped to the range of {@code int}, if present.
   */
  void setInt(String field, IntConsumer setting) {
    set(field, text -> setting.accept(integer(text)));
  }

  /** Applies a setting to the texts of a list, or to a single text in place of a list. */
  void setList(String field, Consumer<List<String>> setting) {
    Node value = take(field);
    if (value == null) {
      return;
    }
    List<String> texts = new ArrayList<>();
    if (value instanceof SequenceNode sequence) {
      int i = 0;
      for (Node item : sequence.getValue()) {
        String text = scalar(item, at(field) + "[" + i++ + "]");
        if (text != null) {
          texts.add(text);
        }
      }
    } else {
      String text = scalar(value, at(field));
      if (text != null) {
        texts.add(text);
      }
    }
    attempt(value, at(field), () -> setting.accept(texts));
  }

  /** Applies a reader to a nested mapping, if present. */
  void nested(String field, Consumer<Fields> reader) {
    Node value = take(field);
    if (value != null) {
      try (Fields inner = new Fields(problems, at(field), value)) {
        reader.accept(inner);
      }
    }
  }

  /** Applies a reader to each mapping of a list, and returns the non-null results. */
  <T> List<T> each(String field, Function<Fields, @Nullable T> reader) {
    List<T> results = new ArrayList<>();
    Node value = take(field);
    if (value == null) {
      return results;
    }
    if (!(value instanceof SequenceNode sequence)) {
      problems.add(value, at(field), describe(value) + " (expected: a list)");
      return results;
    }
    int i = 0;
    for (Node item : sequence.getValue()) {
      try (Fields inner = new Fields(problems, at(field) + "[" + i++ + "]", item)) {
        T result = reader.apply(inner);
        if (result != null) {
          results.add(result);
        }
      }
    }
    return results;
  }

  /** Reads the entries of a nested mapping with arbitrary names. */
  void entries(String field, EntryReader reader) {
    nested(
        field,
        inner ->
            List.copyOf(inner.fields.keySet())
                .forEach(name -> inner.set(name, text -> reader.read(inner, name, text))));
  }

  /** Reads one entry of a mapping with arbitrary names. */
  @FunctionalInterface
  interface EntryReader {
    void read(Fields mapping, String name, String text);
  }

  /** Runs a step. If it throws, records the error at this mapping and returns null. */
  <T> @Nullable T attempt(Function<Fields, @Nullable T> step) {
    try {
      return step.apply(this);
    } catch (IllegalArgumentException | IllegalStateException e) {
      problems.add(node, path, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private void attempt(Node value, String at, Runnable step) {
    try {
      step.run();
    } catch (IllegalArgumentException e) {
      problems.add(value, at, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Node take(String field) {
    known.add(field);
    NodeTuple tuple = fields.get(field);
    return tuple == null ? null : tuple.getValueNode();
  }

  private @Nullable String scalar(Node value, String at) {
    if (value instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problems.add(value, at, describe(value) + " (expected: a text or number)");
    return null;
  }

  private static String describe(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue().isEmpty() ? "nothing" : scalar.getValue();
    }
    return node instanceof SequenceNode ? "a list" : "a mapping";
  }

  /** Reports the fields that have not been read. */
  @Override
  public void close() {
    fields.forEach((name, tuple) -> {
      if (!known.contains(name)) {
        problems.add(
            tuple.getKeyNode(),
            at(name),
            "unknown field (expected: one of " + String.join(", ", known) + ")");
      }
    });
  }

  /** Returns the constant with this name, in lower case with hyphens. */
  static <E extends Enum<E>> E constant(Class<E> type, String word) {
    List<String> words = new ArrayList<>();
    for (E value : type.getEnumConstants()) {
      String name = value.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (name.equals(word)) {
        return value;
      }
      words.add(name);
    }
    throw new IllegalArgumentException(
        word + " (expected: one of " + String.join(", ", words) + ")");
  }
}
