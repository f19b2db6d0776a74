package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What a text must hold so that a pattern can occur in it, in {@link FoldedByte folded bytes}. It
 * may be too lenient, never too strict.
 */
sealed interface Need {
  /** How many parts of an {@link All} are worth asking for: the rarest ones. */
  int MAX_PARTS = 3;

  /** One of these texts, none of them empty. No texts at all: nothing can match. */
  record OneOf(Set<String> texts, double frequency) implements Need {
    OneOf(Set<String> texts) {
      this(Set.copyOf(texts), texts.stream().mapToDouble(FoldedByte::frequency).sum());
    }
  }

  /** All of these, the rarest first. */
  record All(List<Need> parts, double frequency) implements Need {
    All(List<Need> parts) {
      this(
          List.copyOf(parts),
          parts.stream().mapToDouble(Need::frequency).min().orElse(Double.MAX_VALUE));
    }
  }

  /** One of these. */
  record Any(List<Need> parts, double frequency) implements Need {
    Any(List<Need> parts) {
      this(List.copyOf(parts), parts.stream().mapToDouble(Need::frequency).sum());
    }
  }

  /** Returns what every text has. */
  static Need nothing() {
    return new All(List.of());
  }

  /** Returns whether every text has it. */
  default boolean isNothing() {
    return this instanceof All all && all.parts().isEmpty();
  }

  /** Returns about how often ordinary text has the rarest part of it. */
  double frequency();

  /** Gives sets of texts; every text that has what is needed holds a text of one of them. */
  default void keys(Consumer<OneOf> action) {
    if (this instanceof OneOf oneOf) {
      action.accept(oneOf);
    } else if (this instanceof All all) {
      all.parts().get(0).keys(action);
    } else {
      ((Any) this).parts().forEach(part -> part.keys(action));
    }
  }

  /** Returns the need of all of these. */
  static Need all(List<Need> parts) {
    List<Need> real = new ArrayList<>();
    for (Need part : parts) {
      if (part instanceof All inner) {
        real.addAll(inner.parts());
      } else {
        real.add(part);
      }
    }
    List<Need> rarest =
        real.stream()
            .distinct()
            .sorted(Comparator.comparingDouble(Need::frequency))
            .limit(MAX_PARTS)
            .toList();
    return rarest.size() == 1 ? rarest.get(0) : new All(rarest);
  }

  /** Returns the need of one of these. */
  static Need any(List<Need> parts) {
    if (parts.stream().anyMatch(Need::isNothing)) {
      return nothing();
    }
    Set<String> texts = new TreeSet<>();
    List<Need> others = new ArrayList<>();
    for (Need part : parts) {
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
