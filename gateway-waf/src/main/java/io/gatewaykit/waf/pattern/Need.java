package io.gatewaykit.waf.pattern;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What a text must hold so that a pattern can occur in it; without regard to ASCII case. It may be
 * too lenient, never too strict.
 */
sealed interface Need {
  /** Two bytes side by side. */
  record Pair(int first, int second) implements Need {
    @Override
    public double frequency() {
      return BytePairs.frequency(first) * BytePairs.frequency(second);
    }
  }

  /** A byte anywhere. */
  record Single(int value) implements Need {
    @Override
    public double frequency() {
      return BytePairs.frequency(value);
    }
  }

  /** All of these. */
  record All(List<Need> parts, double frequency) implements Need {
    All(List<Need> parts) {
      this(
          List.copyOf(parts),
          parts.stream().mapToDouble(Need::frequency).min().orElse(Double.MAX_VALUE));
    }
  }

  /** One of these; none at all where nothing can match. */
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

  /** Adds pairs of which every text that has it holds one: as rare ones as there are. */
  default void keys(BitSet pairs) {
    if (this instanceof Pair pair) {
      pairs.set(BytePairs.number(pair.first(), pair.second()));
    } else if (this instanceof Single single) {
      int row = BytePairs.number(single.value(), 0);
      pairs.set(row, row + BytePairs.CLASSES);
    } else if (this instanceof All all) {
      Need rarest = all.parts().get(0);
      for (Need part : all.parts()) {
        rarest = part.frequency() < rarest.frequency() ? part : rarest;
      }
      rarest.keys(pairs);
    } else {
      ((Any) this).parts().forEach(part -> part.keys(pairs));
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
    return real.size() == 1 ? real.get(0) : new All(real);
  }

  /** Returns the need of one of these. */
  static Need any(List<Need> parts) {
    if (parts.stream().anyMatch(Need::isNothing)) {
      return nothing();
    }
    return parts.size() == 1 ? parts.get(0) : new Any(parts);
  }
}
