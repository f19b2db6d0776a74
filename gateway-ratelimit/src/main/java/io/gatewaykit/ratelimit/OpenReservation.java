// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The reservation of one request, which a remote limiter can return after the request has
 * completed. The later of the two, the reservation or the completion, settles it.
 */
final class OpenReservation {
  private static final Object ENDED = new Object();

  /** The permits requested at admission. */
  final long estimate;

  private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

  /** The cost stated by the response; negative if unknown. Written before the completion. */
  private volatile long stated = ActualCost.UNKNOWN;

  OpenReservation(long estimate) {
    this.estimate = estimate;
  }

  void state(long cost) {
    stated = cost;
  }

  long stated() {
    return stated;
  }

  /** Stores the reservation, or cancels it if the request has completed without being served. */
  void put(Reservation reservation) {
    if (!state.compareAndSet(null, reservation)) {
      reservation.cancel();
    }
  }

  /** Completes the request. Returns its reservation if it has one. */
  @Nullable Reservation end() {
    return state.getAndSet(ENDED) instanceof Reservation reservation ? reservation : null;
  }
}
