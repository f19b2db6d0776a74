// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The open objects and arrays of a JSON text, and the path of its next value. */
final class JsonStack {
  private static final int FIRST_DEPTH = 8;

  private final int maxDepth;
  private int depth;
  private String[] names = new String[FIRST_DEPTH]; // by depth: the name of the values
  // by depth: the path of the object or array
  private @Nullable JsonPath[] containers = new JsonPath[FIRST_DEPTH];
  private int[] elements = new int[FIRST_DEPTH]; // by depth: number of elements read in the array
  private boolean[] objects = new boolean[FIRST_DEPTH]; // by depth: whether it is an object

  JsonStack(int maxDepth) {
    this.maxDepth = maxDepth;
    names[0] = "";
  }

  /** Returns the number of open objects and arrays. */
  int depth() {
    return depth;
  }

  boolean isFull() {
    return depth == maxDepth;
  }

  /** Opens an object or array as the next value. */
  void push(boolean object) {
    JsonPath path = fullPath();
    depth++;
    if (depth == names.length) {
      names = Arrays.copyOf(names, 2 * depth);
      containers = Arrays.copyOf(containers, 2 * depth);
      elements = Arrays.copyOf(elements, 2 * depth);
      objects = Arrays.copyOf(objects, 2 * depth);
    }
    containers[depth] = path;
    elements[depth] = 0;
    names[depth] = names[depth - 1];
    objects[depth] = object;
  }

  /** Closes the innermost object or array. */
  void pop() {
    depth--;
  }

  /** Returns whether the innermost container is an object. */
  boolean isObject() {
    return objects[depth];
  }

  /** Advances to the next member or element. */
  void next() {
    elements[depth]++;
  }

  /** Sets the name of the next member. */
  void name(String name) {
    names[depth] = name;
  }

  /** Returns the name of the member that contains the next value. */
  String name() {
    return names[depth];
  }

  /** Returns the path of the next value, or null if it equals its name. */
  @Nullable JsonPath path() {
    return depth == 0 || (depth == 1 && objects[1]) ? null : fullPath();
  }

  /** Returns the path of the next value, or null for the document itself. */
  private @Nullable JsonPath fullPath() {
    if (depth == 0) {
      return null;
    }
    JsonPath container = containers[depth];
    return objects[depth]
        ? JsonPath.member(container, names[depth])
        : JsonPath.element(container, elements[depth]);
  }
}
