package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;

/**
 * One request's way through a {@link GuardChain}. An adapter calls, in this order, {@link #head},
 * then, if {@link #bodyBytesWanted} is not 0, {@link #body}, then {@link #response}, and in every
 * case {@link #complete}. All but {@code complete} are called by one thread at a time, and always
 * with the same request.
 */
public abstract sealed class GuardRun permits HeadOnlyRun, StagedRun {
  GuardRun() {}

  /**
   * Asks the guards about the head, in order, until one refuses. Delays add up to the longest one,
   * because all of them count from now. Never throws.
   *
   * @return allow, delay or reject; or a pending verdict that completes with one of those three,
   *     never exceptionally, after all guards were asked
   */
  public abstract Verdict head(GatewayRequest request);

  /** Returns how many bytes of the body to buffer for {@link #body}; 0 if no guard wants any. */
  public abstract int bodyBytesWanted(GatewayRequest request);

  /** Asks the guards that wanted it about the body; answers as {@link #head} does. */
  public abstract Verdict body(GatewayRequest request, BodyView body);

  /** Shows the guards the response's head. Never throws. */
  public abstract void response(GatewayRequest request, ResponseHead response);

  /** Whether {@link #response} would reach any guard. */
  public abstract boolean wantsResponse();

  /**
   * Tells each guard that was asked about the head how the request ended. The first call counts,
   * further ones do nothing; safe from any thread. Never throws.
   */
  public abstract void complete(GatewayRequest request, Completion completion);
}
