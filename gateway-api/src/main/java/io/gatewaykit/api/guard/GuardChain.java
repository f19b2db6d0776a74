// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AmbiguousTargetException;
import io.gatewaykit.api.route.Combinable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An ordered list of guards. Immutable and thread-safe.
 *
 * <p>For each request an adapter calls {@link #begin()} and uses the returned {@link GuardSession}.
 * If all guards inspect only the head and allow it, processing a request does not allocate.
 */
public final class GuardChain implements Combinable<GuardChain> {
  private static final GuardChain EMPTY = builder().build();

  private final GuardInvoker[] invokers;
  private final GuardSession headOnly;
  private final boolean stateful;

  private GuardChain(GuardInvoker[] invokers) {
    this.invokers = invokers;
    boolean later = false;
    for (GuardInvoker invoker : invokers) {
      later |= invoker.stages.size() > 1 || !invoker.stages.contains(Stage.HEAD);
    }
    stateful = later;
    headOnly = new HeadOnlySession(invokers);
  }

  /** Returns a new builder without guards. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a chain of the given guards. */
  public static GuardChain of(Guard... guards) {
    Builder builder = builder();
    for (Guard guard : requireNonNull(guards, "guards")) {
      builder.guard(guard);
    }
    return builder.build();
  }

  /** Returns the chain without guards, which admits everything. */
  public static GuardChain empty() {
    return EMPTY;
  }

  /**
   * Returns a chain of the guards of both: first these, in order, then those of the other that are
   * not equal to any of them. Each keeps its listener and its failure count.
   *
   * @throws AmbiguousTargetException if there are more than 63
   */
  @Override
  public GuardChain and(GuardChain other) {
    var union = new ArrayList<GuardInvoker>(List.of(invokers));
    for (GuardInvoker invoker : other.invokers) {
      if (union.stream().noneMatch(known -> known.guard.equals(invoker.guard))) {
        union.add(invoker);
      }
    }
    if (union.size() > Builder.MAX_GUARDS) {
      throw new AmbiguousTargetException("the routes that may apply have too many guards in total");
    }
    return new GuardChain(union.toArray(GuardInvoker[]::new));
  }

  /** Starts the processing of a request by this chain. */
  public GuardSession begin() {
    return stateful ? new StagedSession(invokers) : headOnly;
  }

  /**
   * Returns the number of failures of the named guard, in any stage; 0 if there is no such guard.
   */
  public long failures(String guardName) {
    long failures = 0;
    for (GuardInvoker invoker : invokers) {
      if (invoker.guard.name().equals(guardName)) {
        failures += invoker.failures.sum();
      }
    }
    return failures;
  }

  /** Returns the guards, in order. */
  public List<Guard> guards() {
    var guards = new ArrayList<Guard>(invokers.length);
    for (GuardInvoker invoker : invokers) {
      guards.add(invoker.guard);
    }
    return List.copyOf(guards);
  }

  /** Collects the guards of a {@link GuardChain}. Not thread-safe. */
  public static final class Builder {
    /** The number of guards that fit in the bit mask of a session. */
    private static final int MAX_GUARDS = 63;

    private final List<Guard> guards = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private @Nullable GuardListener listener;

    private Builder() {}

    /**
     * Appends a guard.
     *
     * @throws IllegalArgumentException if there are 63 guards already, or one of the same name
     */
    public Builder guard(Guard guard) {
      String name = requireNonNull(guard, "guard").name();
      if (guards.size() == MAX_GUARDS) {
        throw new IllegalArgumentException(
            "guards: " + (MAX_GUARDS + 1) + " (expected: 0.." + MAX_GUARDS + ")");
      }
      if (!names.add(requireNonNull(name, "guard.name()"))) {
        throw Arguments.outside(
            "guard", "\"" + name + "\"", "a name no other guard of the chain has");
      }
      guards.add(guard);
      return this;
    }

    /** Sets the listener. Default: none. */
    public Builder listener(GuardListener listener) {
      this.listener = Arguments.once("listener", this.listener, listener);
      return this;
    }

    /** Builds the chain. */
    public GuardChain build() {
      GuardListener notified = listener == null ? new GuardListener() {} : listener;
      var invokers = new GuardInvoker[guards.size()];
      for (int i = 0; i < invokers.length; i++) {
        invokers[i] = new GuardInvoker(guards.get(i), notified);
      }
      return new GuardChain(invokers);
    }
  }
}
