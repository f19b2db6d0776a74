package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Guards in the order in which they are asked. Immutable and thread-safe.
 *
 * <p>For each request an adapter calls {@link #begin()} and leads the request through the returned
 * {@link GuardRun}. Where all guards look at the head only and allow it, a request costs no
 * allocation.
 */
public final class GuardChain {
  private static final GuardChain EMPTY = builder().build();

  private final GuardCall[] calls;
  private final GuardRun headOnly;
  private final boolean stateful;

  private GuardChain(Builder builder) {
    calls = new GuardCall[builder.guards.size()];
    for (int i = 0; i < calls.length; i++) {
      calls[i] = new GuardCall(builder.guards.get(i), builder.listener);
    }
    boolean later = false;
    for (GuardCall call : calls) {
      later |= call.stages.size() > 1 || !call.stages.contains(Stage.HEAD);
    }
    stateful = later;
    headOnly = new HeadOnlyRun(calls);
  }

  /** Returns a builder of a chain that so far has no guard. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns a chain of the guards. */
  public static GuardChain of(Guard... guards) {
    Builder builder = builder();
    for (Guard guard : guards) {
      builder.guard(guard);
    }
    return builder.build();
  }

  /** Returns the chain that allows everything. */
  public static GuardChain empty() {
    return EMPTY;
  }

  /** Starts a request's way through this chain. */
  public GuardRun begin() {
    return stateful ? new StagedRun(calls) : headOnly;
  }

  /** Returns how often the named guard failed, at any stage; 0 if there is no such guard. */
  public long failures(String guardName) {
    long failures = 0;
    for (GuardCall call : calls) {
      if (call.guard.name().equals(guardName)) {
        failures += call.failures.sum();
      }
    }
    return failures;
  }

  /** Returns the guards, in order. */
  public List<Guard> guards() {
    var guards = new ArrayList<Guard>(calls.length);
    for (GuardCall call : calls) {
      guards.add(call.guard);
    }
    return List.copyOf(guards);
  }

  /** Collects the guards of a {@link GuardChain}. Not thread-safe. */
  public static final class Builder {
    /** More would not fit the mask of guards that a run keeps. */
    private static final int MAX_GUARDS = 63;

    private final List<Guard> guards = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private GuardListener listener = new GuardListener() {};

    private Builder() {}

    /**
     * Adds a guard behind those already there.
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
        throw new IllegalArgumentException(
            "guard: \"" + name + "\" (expected: a name no other guard of the chain has)");
      }
      guards.add(guard);
      return this;
    }

    /** Sets the listener. Default: none. */
    public Builder listener(GuardListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /** Builds the chain. */
    public GuardChain build() {
      return new GuardChain(this);
    }
  }
}
