// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Limits the number of concurrent probes: in total, per IP address, and for unhealthy targets,
 * whose probes tend to hold a slot until the timeout. Waiters are served in FIFO order. Not
 * thread-safe.
 */
public final class ProbeSlots {
  /** A waiter for a slot. */
  public interface Waiter {
    /** Called with a slot, which must be released afterwards. */
    void start();
  }

  /** The slots of one address, shared by all targets there. */
  public static final class Address {
    private final InetAddress address;
    private int users;
    private int inFlight;

    private Address(InetAddress address) {
      this.address = address;
    }
  }

  /** An entry in a queue. */
  private record Queued(Waiter waiter, Address address, boolean down) {}

  private final int max;
  private final int maxDown;
  private final int maxPerAddress;
  private final Map<InetAddress, Address> addresses = new HashMap<>();
  private final Queue<Queued> waiting = new ArrayDeque<>();
  private final Queue<Queued> waitingDown = new ArrayDeque<>();
  private int inFlight;
  private int downInFlight;

  /** Creates the slots. */
  public ProbeSlots(int max, int maxDown, int maxPerAddress) {
    this.max = max;
    this.maxDown = maxDown;
    this.maxPerAddress = maxPerAddress;
  }

  int inFlight() {
    return inFlight;
  }

  public int waiting() {
    return waiting.size() + waitingDown.size();
  }

  public int addresses() {
    return addresses.size();
  }

  /** Registers a target at an address. */
  public Address register(InetAddress address) {
    Address slots = addresses.computeIfAbsent(address, Address::new);
    slots.users++;
    return slots;
  }

  /** Reverses {@link #register}. */
  public void unregister(Address address) {
    if (--address.users == 0) {
      addresses.remove(address.address);
    }
  }

  /** Starts the waiter, immediately or when a slot becomes free. */
  public void acquire(Waiter waiter, Address address, boolean down) {
    if (isFree(address, down)) {
      start(waiter, address, down);
    } else {
      (down ? waitingDown : waiting).add(new Queued(waiter, address, down));
    }
  }

  private boolean isFree(Address address, boolean down) {
    return inFlight < max && (!down || downInFlight < maxDown) && address.inFlight < maxPerAddress;
  }

  private void start(Waiter waiter, Address address, boolean down) {
    inFlight++;
    address.inFlight++;
    downInFlight += down ? 1 : 0;
    waiter.start();
  }

  /** Releases a slot. It is assigned by the next call of {@link #drainQueue}. */
  public void release(Address address, boolean down) {
    inFlight--;
    address.inFlight--;
    downInFlight -= down ? 1 : 0;
  }

  /** Starts the waiters for which a slot is free. */
  public void drainQueue() {
    drainQueue(waiting);
    drainQueue(waitingDown);
  }

  /** A waiter whose address is at its limit does not block the waiters behind it. */
  private void drainQueue(Queue<Queued> queue) {
    for (int left = queue.size(); left > 0 && inFlight < max; left--) {
      Queued next = queue.remove();
      if (isFree(next.address, next.down)) {
        start(next.waiter, next.address, next.down);
      } else {
        queue.add(next);
      }
    }
  }
}
