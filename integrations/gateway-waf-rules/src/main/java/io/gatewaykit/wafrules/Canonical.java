// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The content of files without comments and layout: equal texts mean equal settings. */
final class Canonical {
  private static final int MAX_CHARS = 16 << 20; // for one file, whose text is much shorter

  private final StringBuilder text = new StringBuilder();
  private int limit;

  /** Adds a file. Returns false, with a problem, if its aliases expand to too much text. */
  boolean append(Node root, PolicyProblems problems) {
    limit = text.length() + MAX_CHARS;
    boolean complete = append(root);
    if (!complete) {
      problems.add(root, "", "aliases that repeat too much text (expected: at most 16 MiB)");
    }
    return complete;
  }

  private boolean append(Node node) {
    if (node instanceof ScalarNode scalar) {
      text.append(scalar.getValue().length()).append(':').append(scalar.getValue());
    } else if (node instanceof SequenceNode sequence) {
      text.append('[');
      for (Node element : sequence.getValue()) {
        if (!append(element)) {
          return false;
        }
      }
      text.append(']');
    } else if (node instanceof MappingNode mapping) {
      text.append('{');
      for (NodeTuple tuple : mapping.getValue()) {
        if (!append(tuple.getKeyNode()) || !append(tuple.getValueNode())) {
          return false;
        }
      }
      text.append('}');
    }
    return text.length() <= limit;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
