package io.gatewaykit.healthcheck;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * Who may probe now. At most so many probes are in flight at once, in all, to one address, and to
 * targets that are down: those are the ones that keep their place until the deadline. Who finds no
 * place waits in the order of asking. For one thread.
 */
final class Places {
  /** One who wants a place. */
  interface Guest {
    /** Called with a place, which the guest gives back. */
    void start();
  }

  /** The places at one address, shared by all targets there. */
  static final class Address {
    private final InetAddress address;
    private int users;
    private int inFlight;

    private Address(InetAddress address) {
      this.address = address;
    }
  }

  /** A guest in a queue. */
  private record Waiting(Guest guest, Address address, boolean down) {}

  private final int most;
  private final int mostDown;
  private final int mostPerAddress;
  private final Map<InetAddress, Address> addresses = new HashMap<>();
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private final Queue<Waiting> waitingDown = new ArrayDeque<>();
  private int inFlight;
  private int downInFlight;

  Places(int most, int mostDown, int mostPerAddress) {
    this.most = most;
    this.mostDown = mostDown;
    this.mostPerAddress = mostPerAddress;
  }

  int inFlight() {
    return inFlight;
  }

  int waiting() {
    return waiting.size() + waitingDown.size();
  }

  int addresses() {
    return addresses.size();
  }

  /** Registers a target at an address. */
  Address enter(InetAddress address) {
    Address known = addresses.computeIfAbsent(address, Address::new);
    known.users++;
    return known;
  }

  /** Ends what {@link #enter} began. */
  void leave(Address address) {
    if (--address.users == 0) {
      addresses.remove(address.address);
    }
  }

  /** Starts the guest now, or when there is a place. */
  void ask(Guest guest, Address address, boolean down) {
    if (isFree(address, down)) {
      take(guest, address, down);
    } else {
      (down ? waitingDown : waiting).add(new Waiting(guest, address, down));
    }
  }

  private boolean isFree(Address address, boolean down) {
    return inFlight < most
        && (!down || downInFlight < mostDown)
        && address.inFlight < mostPerAddress;
  }

  private void take(Guest guest, Address address, boolean down) {
    inFlight++;
    address.inFlight++;
    downInFlight += down ? 1 : 0;
    guest.start();
  }

  /** Gives a place back; {@link #admit} then finds the next. */
  void release(Address address, boolean down) {
    inFlight--;
    address.inFlight--;
    downInFlight -= down ? 1 : 0;
  }

  /** Starts those who have waited and now find a place. */
  void admit() {
    admit(waiting);
    admit(waitingDown);
  }

  /** One whose address is full does not hold up those behind it. */
  private void admit(Queue<Waiting> queue) {
    for (int left = queue.size(); left > 0 && inFlight < most; left--) {
      Waiting next = queue.remove();
      if (isFree(next.address, next.down)) {
        take(next.guest, next.address, next.down);
      } else {
        queue.add(next);
      }
    }
  }
}
