// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A condition on a text that is necessary for a pattern to occur in it, stated in {@link FoldedByte
 * folded bytes}. It may admit too many texts but never excludes a match.
 */
sealed interface RequiredLiterals {
  /**
   * The maximum number of parts of an {@link All} that are tested; the rarest ones are retained.
   */
  int MAX_PARTS = 3;

  /**
   * The text contains at least one of these texts, none of which is empty. Without any texts, no
   * match is possible.
   */
  record OneOf(Set<String> texts, double frequency) implements RequiredLiterals {
    OneOf(Set<String> texts) {
      this(Set.copyOf(texts), texts.stream().mapToDouble(FoldedByte::frequency).sum());
    }
  }

  /** All of these hold. The rarest part comes first. */
  record All(List<RequiredLiterals> parts, double frequency) implements RequiredLiterals {
    All(List<RequiredLiterals> parts) {
      this(
          List.copyOf(parts),
          parts.stream().mapToDouble(RequiredLiterals::frequency).min().orElse(Double.MAX_VALUE));
    }
  }

  /** At least one of these holds. */
  record Any(List<RequiredLiterals> parts, double frequency) implements RequiredLiterals {
    Any(List<RequiredLiterals> parts) {
      this(List.copyOf(parts), parts.stream().mapToDouble(RequiredLiterals::frequency).sum());
    }
  }

  /** Returns the condition that every text meets. */
  static RequiredLiterals nothing() {
    return new All(List.of());
  }

  /** Returns whether every text meets this condition. */
  default boolean isNothing() {
    return this instanceof All all && all.parts().isEmpty();
  }

  /** Returns the approximate frequency of the rarest part in ordinary text. */
  double frequency();

  /**
   * Passes sets of texts to {@code action} such that every text which meets this condition contains
   * a member of one of them.
   */
  default void keys(Consumer<OneOf> action) {
    if (this instanceof OneOf oneOf) {
      action.accept(oneOf);
    } else if (this instanceof All all) {
      all.parts().get(0).keys(action);
    } else {
      ((Any) this).parts().forEach(part -> part.keys(action));
    }
  }

  /** Returns the conjunction of these conditions. */
  static RequiredLiterals all(List<RequiredLiterals> parts) {
    List<RequiredLiterals> real = new ArrayList<>();
    for (RequiredLiterals part : parts) {
      if (part instanceof All inner) {
        real.addAll(inner.parts());
      } else {
        real.add(part);
      }
    }
    List<RequiredLiterals> rarest =
        real.stream()
            .distinct()
            .sorted(Comparator.comparingDouble(RequiredLiterals::frequency))
            .limit(MAX_PARTS)
            .toList();
    return rarest.size() == 1 ? rarest.get(0) : new All(rarest);
  }

  /** Returns the disjunction of these conditions. */
  static RequiredLiterals any(List<RequiredLiterals> parts) {
    if (parts.stream().anyMatch(RequiredLiterals::isNothing)) {
      return nothing();
    }
    Set<String> texts = new TreeSet<>();
    List<RequiredLiterals> others = new ArrayList<>();
    for (RequiredLiterals part : parts) {
      if (part instanceof OneOf oneOf) {
        texts.addAll(oneOf.texts());
      } else if (part instanceof Any inner) {
        others.addAll(inner.parts());
      } else {
        others.add(part);
      }
    }
    if (others.isEmpty()) {
      return new OneOf(texts);
    }
    if (!texts.isEmpty()) {
      others.add(new OneOf(texts));
    }
    return others.size() == 1 ? others.get(0) : new Any(others);
  }
}
