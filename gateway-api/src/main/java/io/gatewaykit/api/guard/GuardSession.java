// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

/**
 * The processing of one request by a {@link GuardChain}. An adapter calls, in this order, {@link
 * #head}, {@link #inspectBody} if there is a body, {@link #response}, {@link #observeResponseBody},
 * and in every case {@link #complete}. All except {@code complete} are called by one thread at a
 * time, and always with the same request.
 */
public abstract sealed class GuardSession permits HeadOnlySession, StagedSession {
  GuardSession() {}

  /**
   * Calls the guards with the head, in order, until one rejects the request. The longest delay
   * applies, since all of them start now. Never throws.
   *
   * @return allow, delay or reject; or a pending verdict that completes with one of these, never
   *     exceptionally, after all guards have been called
   */
  public abstract Verdict head(GatewayRequest request);

  /**
   * Returns the inspector of the request's body for all guards, or null if none inspects it. Called
   * at most once. The inspector never throws; {@link BodyInspector#onHeld} returns verdicts as
   * {@link #head} does. {@link #complete} closes it.
   */
  public abstract @Nullable BodyInspector inspectBody(GatewayRequest request);

  /** Calls the guards with the head of the response. Never throws. */
  public abstract void response(GatewayRequest request, ResponseHead response);

  /**
   * Returns the observer of the response body for all guards, or null if none observes it. Called
   * after {@link #response}, and again if the application discards an unsent body and starts over.
   * Neither this method nor the observer throws. {@link #complete} ends the observation.
   */
  public abstract @Nullable BodyObserver observeResponseBody(
      GatewayRequest request, ResponseHead response);

  /** Returns whether {@link #response} or {@link #observeResponseBody} would call any guard. */
  public abstract boolean wantsResponse();

  /**
   * Notifies each guard whose {@link Guard#onHead} was called that the request is complete. Only
   * the first call has an effect; safe to call from any thread. Never throws.
   */
  public abstract void complete(GatewayRequest request, Completion completion);
}
