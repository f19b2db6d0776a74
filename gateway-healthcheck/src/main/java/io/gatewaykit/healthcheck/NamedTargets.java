// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.AsyncCalls;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
import io.gatewaykit.healthcheck.internal.engine.ProbeLoop;
import io.gatewaykit.healthcheck.internal.engine.TimerWheel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Targets defined by name: resolves the names periodically and creates a target for each address.
 * If a lookup fails, the last addresses are retained for some time, to bridge short outages of name
 * servers. The order of the addresses does not matter. State is guarded by {@code this}.
 */
@SuppressWarnings("ReferenceEquality") // lookups are compared by identity
final class NamedTargets {
  private static final long MIN_TTL = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_TTL = TimeUnit.HOURS.toNanos(1);
  private static final long RETRY = TimeUnit.SECONDS.toNanos(5);
  private static final long LOOKUP_TIMEOUT = TimeUnit.SECONDS.toNanos(30);

  private final ProbeLoop loop;
  private final AddressResolver resolver;
  private final long staleNanos;
  private final Consumer<Collection<Target>> expanded;
  private final Consumer<String> notice;

  // Guarded by this.
  private List<Target> current = List.of();
  private volatile Map<String, Lookup> lookups = Map.of();
  private boolean closed;

  /** The ids of the addresses by the id of the name. Replaced as a whole, never modified. */
  private volatile Map<String, List<String>> members = Map.of();

  /**
   * Creates an empty set of names.
   *
   * @param expanded called after each change with all targets, names replaced by addresses
   * @param notice called with notices for an operator
   */
  NamedTargets(
      ProbeLoop loop,
      AddressResolver resolver,
      long staleNanos,
      Consumer<Collection<Target>> expanded,
      Consumer<String> notice) {
    this.loop = loop;
    this.resolver = resolver;
    this.staleNanos = staleNanos;
    this.expanded = expanded;
    this.notice = notice;
  }

  /** The periodic lookup of one name. */
  private final class Lookup extends TimerWheel.Timer {
    private final Target target;
    private List<InetAddress> addresses = List.of();
    private volatile boolean resolved;
    private boolean failing;
    private long goodUntil;
    private long startedAt;
    private volatile boolean stopped;

    // Accessed by the engine thread only.
    private boolean resolving;
    private int attempt;

    Lookup(Target target) {
      this.target = target;
    }

    /** Called for the next lookup, or for the timeout of the current one. */
    @Override
    public void due(long now) {
      if (resolving) {
        complete(attempt, null, new TimeoutException("no result in 30 seconds"));
      } else {
        resolve(now);
      }
    }

    // Called on the engine thread.
    private void resolve(long now) {
      if (stopped || resolving) {
        return;
      }
      resolving = true;
      startedAt = now;
      int started = ++attempt;
      loop.wheel().arm(this, now + LOOKUP_TIMEOUT);
      var unused =
          AsyncCalls.start(() -> resolver.resolve(target.address().getHostString()))
              .whenComplete((resolution, failure) ->
                  loop.execute(() -> complete(started, resolution, failure)));
    }

    // Called on the engine thread. A result after the timeout is superseded by the next lookup.
    private void complete(
        int completed, @Nullable Resolution resolution, @Nullable Throwable failure) {
      if (stopped || !resolving || completed != attempt) {
        return;
      }
      resolving = false;
      long ttl = apply(this, resolution, failure);
      long jitter = (long) (ttl * 0.1 * loop.random().nextDouble());
      loop.wheel().arm(this, loop.ticker().read() + ttl - jitter);
    }
  }

  /** Replaces all targets, names and others. */
  void set(Collection<Target> targets) {
    synchronized (this) {
      var next = new HashMap<String, Lookup>();
      for (Target target : targets) {
        if (target.address().isUnresolved()) {
          Lookup known = lookups.get(target.id());
          boolean stays = known != null && known.target.equals(target);
          Lookup lookup = stays ? known : new Lookup(target);
          if (next.put(target.id(), lookup) != null) {
            throw new IllegalArgumentException(
                "targets: duplicate id \"" + target.id() + "\" (expected: unique ids)");
          }
        }
      }
      List<Target> before = current;
      Map<String, Lookup> old = lookups;
      current = List.copyOf(targets);
      lookups = next;
      try {
        publish();
      } catch (IllegalArgumentException e) {
        current = before;
        lookups = old;
        throw e;
      }
      start(old, next);
    }
  }

  private void start(Map<String, Lookup> old, Map<String, Lookup> next) {
    old.forEach((id, lookup) -> {
      if (next.get(id) != lookup) {
        stop(lookup);
      }
    });
    next.forEach((id, lookup) -> {
      if (old.get(id) != lookup) {
        loop.execute(() -> lookup.resolve(loop.ticker().read()));
      }
    });
  }

  private void stop(Lookup lookup) {
    lookup.stopped = true;
    loop.execute(() -> loop.wheel().cancel(lookup));
  }

  /**
   * Applies the result of a lookup. Returns the delay until the next one, in nanoseconds.
   *
   * @param resolution null if the lookup failed
   */
  private synchronized long apply(
      Lookup lookup, @Nullable Resolution resolution, @Nullable Throwable failure) {
    long now = loop.ticker().read();
    boolean first = !lookup.resolved;
    lookup.resolved = true;
    if (resolution != null) {
      lookup.failing = false;
      lookup.goodUntil = now + staleNanos;
      List<InetAddress> sorted = sorted(resolution.addresses());
      if (!sorted.equals(lookup.addresses) || first) {
        lookup.addresses = sorted;
        publish();
      }
      return Math.max(MIN_TTL, Math.min(MAX_TTL, Arguments.nanos("ttl", resolution.ttl())));
    }
    if (!lookup.failing) {
      lookup.failing = true;
      notice.accept(
          "failed to resolve the name of target "
              + lookup.target.id()
              + ": "
              + reason(failure)
              + kept(lookup));
    }
    boolean stale = !lookup.addresses.isEmpty() && lookup.goodUntil - now <= 0;
    if (stale) {
      lookup.addresses = List.of();
    }
    if (stale || first) {
      publish();
    }
    return RETRY;
  }

  private static String reason(@Nullable Throwable failure) {
    return failure == null ? "no result" : String.valueOf(AsyncCalls.cause(failure).getMessage());
  }

  private static String kept(Lookup lookup) {
    return lookup.addresses.isEmpty() ? "" : "; keeping the last known addresses";
  }

  private static List<InetAddress> sorted(List<InetAddress> addresses) {
    var sorted = new TreeSet<>(Comparator.comparing(InetAddress::getHostAddress));
    sorted.addAll(addresses);
    return List.copyOf(sorted);
  }

  private void publish() {
    if (closed) {
      return;
    }
    var all = new ArrayList<Target>(current.size());
    var parts = new HashMap<String, List<String>>();
    for (Target target : current) {
      Lookup lookup = lookups.get(target.id());
      if (lookup == null) {
        all.add(target);
      } else {
        var ids = new ArrayList<String>();
        for (InetAddress address : lookup.addresses) {
          Target part = target.at(new InetSocketAddress(address, target.address().getPort()));
          all.add(part);
          ids.add(part.id());
        }
        parts.put(target.id(), List.copyOf(ids));
      }
    }
    expanded.accept(all);
    members = parts;
  }

  /** Returns the ids of a name's addresses; null if the id is not that of a name. */
  @Nullable List<String> members(String id) {
    return members.get(id);
  }

  boolean allResolved() {
    return lookups.values().stream().allMatch(lookup -> lookup.resolved);
  }

  /** Brings the next lookup of a name forward since one of its addresses is unreachable. */
  void onUnreachable(Target target) {
    int slash = target.id().lastIndexOf('/');
    Lookup lookup = slash < 0 ? null : lookup(target.id().substring(0, slash));
    if (lookup != null) {
      loop.execute(() -> {
        long now = loop.ticker().read();
        long soon = Math.max(now, lookup.startedAt + RETRY);
        if (!lookup.resolving && lookup.isArmed() && soon - lookup.at() < 0) {
          loop.wheel().arm(lookup, soon);
        }
      });
    }
  }

  private synchronized @Nullable Lookup lookup(String id) {
    return lookups.get(id);
  }

  synchronized void close() {
    closed = true;
    lookups.values().forEach(this::stop);
  }
}
