package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.AddressResolver.Answer;
import java.io.IOException;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Targets that are names: looks them up again and again, and makes a target of each address. An
 * empty or failed answer keeps what was known for a while, since name servers have bad moments; an
 * answer in another order changes nothing. Its state is guarded by itself.
 */
@SuppressWarnings("ReferenceEquality") // lookups have identity
final class NamedTargets {
  private static final long MIN_TTL = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_TTL = TimeUnit.HOURS.toNanos(1);
  private static final long RETRY = TimeUnit.SECONDS.toNanos(5);

  private final ProbeEngine engine;
  private final AddressResolver resolver;
  private final long staleNanos;
  private final Consumer<Collection<Target>> expanded;
  private final Consumer<String> notice;

  // Guarded by this.
  private List<Target> wanted = List.of();
  private volatile Map<String, Lookup> lookups = Map.of();
  private boolean closed;

  /** Replaced whole; the addresses' ids by the name's id. */
  private volatile Map<String, List<String>> members = Map.of();

  /**
   * Makes an empty set of names.
   *
   * @param expanded called with all targets, names replaced by addresses, after each change
   * @param notice called with what people should know
   */
  NamedTargets(
      ProbeEngine engine,
      AddressResolver resolver,
      long staleNanos,
      Consumer<Collection<Target>> expanded,
      Consumer<String> notice) {
    this.engine = engine;
    this.resolver = resolver;
    this.staleNanos = staleNanos;
    this.expanded = expanded;
    this.notice = notice;
  }

  /** One name that is looked up. */
  private final class Lookup extends TimerWheel.Timer {
    private final Target target;
    private List<InetAddress> addresses = List.of();
    private volatile boolean answered;
    private boolean failing;
    private long goodUntil;
    private long askedAt;
    private volatile boolean ended;
    private boolean asking; // the engine's thread alone

    Lookup(Target target) {
      this.target = target;
    }

    @Override
    void due(long now) {
      ask(now);
    }

    // On the engine's thread.
    private void ask(long now) {
      if (ended || asking) {
        return;
      }
      asking = true;
      askedAt = now;
      var found = new Found();
      engine.offload(
          () -> found.run(target.address().getHostString()),
          () -> {
            asking = false;
            if (!ended) {
              long ttl = take(this, found.answer, found.failure);
              long jitter = (long) (ttl * 0.1 * engine.random().nextDouble());
              engine.wheel().arm(this, engine.ticker().read() + ttl - jitter);
            }
          });
    }
  }

  /** What came of asking; written by a helper's thread before the engine's reads it. */
  private final class Found {
    private @Nullable Answer answer;
    private String failure = "no addresses";

    @SuppressWarnings("IllegalCatch") // whatever a user's resolver throws is a failure to resolve
    void run(String name) {
      try {
        answer = resolver.resolve(name);
      } catch (IOException | RuntimeException | LinkageError e) {
        failure = String.valueOf(e.getMessage());
      }
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
                "targets: \"" + target.id() + "\" twice (expected: unique ids)");
          }
        }
      }
      List<Target> before = wanted;
      Map<String, Lookup> old = lookups;
      wanted = List.copyOf(targets);
      lookups = next;
      try {
        tell();
      } catch (IllegalArgumentException e) {
        wanted = before;
        lookups = old;
        throw e;
      }
      begin(old, next);
    }
  }

  private void begin(Map<String, Lookup> old, Map<String, Lookup> next) {
    old.forEach((id, lookup) -> {
      if (next.get(id) != lookup) {
        end(lookup);
      }
    });
    next.forEach((id, lookup) -> {
      if (old.get(id) != lookup) {
        engine.execute(() -> lookup.ask(engine.ticker().read()));
      }
    });
  }

  private void end(Lookup lookup) {
    lookup.ended = true;
    engine.execute(() -> engine.wheel().cancel(lookup));
  }

  /** Takes an answer; returns in how many nanoseconds to ask again. */
  private synchronized long take(Lookup lookup, @Nullable Answer answer, String failure) {
    long now = engine.ticker().read();
    boolean first = !lookup.answered;
    lookup.answered = true;
    boolean good = answer != null && !answer.addresses().isEmpty();
    if (answer != null && good) {
      lookup.failing = false;
      lookup.goodUntil = now + staleNanos;
      List<InetAddress> sorted = sorted(answer.addresses());
      if (!sorted.equals(lookup.addresses) || first) {
        lookup.addresses = sorted;
        tell();
      }
      return Math.max(MIN_TTL, Math.min(MAX_TTL, answer.timeToLive().toNanos()));
    }
    if (!lookup.failing) {
      lookup.failing = true;
      notice.accept(
          "name of " + lookup.target.id() + " cannot be resolved: " + failure + kept(lookup));
    }
    boolean stale = !lookup.addresses.isEmpty() && lookup.goodUntil - now <= 0;
    if (stale) {
      lookup.addresses = List.of();
    }
    if (stale || first) {
      tell();
    }
    return RETRY;
  }

  private static String kept(Lookup lookup) {
    return lookup.addresses.isEmpty() ? "" : "; its last addresses are kept for now";
  }

  private static List<InetAddress> sorted(List<InetAddress> addresses) {
    var sorted = new TreeSet<>(Comparator.comparing(InetAddress::getHostAddress));
    sorted.addAll(addresses);
    return List.copyOf(sorted);
  }

  private void tell() {
    if (closed) {
      return;
    }
    var all = new ArrayList<Target>(wanted.size());
    var parts = new HashMap<String, List<String>>();
    for (Target target : wanted) {
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

  /** The ids of a name's addresses; null if it is no name. */
  @Nullable List<String> members(String id) {
    return members.get(id);
  }

  boolean allAnswered() {
    return lookups.values().stream().allMatch(lookup -> lookup.answered);
  }

  /** Asks again, soon, for a name one of whose addresses cannot be reached. */
  void doubt(Target part) {
    int slash = part.id().lastIndexOf('/');
    Lookup lookup = slash < 0 ? null : lookup(part.id().substring(0, slash));
    if (lookup != null) {
      engine.execute(() -> {
        long now = engine.ticker().read();
        long soon = Math.max(now, lookup.askedAt + RETRY);
        if (lookup.isArmed() && soon - lookup.at() < 0) {
          engine.wheel().arm(lookup, soon);
        }
      });
    }
  }

  private synchronized @Nullable Lookup lookup(String id) {
    return lookups.get(id);
  }

  synchronized void close() {
    closed = true;
    lookups.values().forEach(this::end);
  }
}
