// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the body of one request while it arrives. The adapter withholds the first {@link
 * #holdBytes} bytes from the application and streams the rest:
 *
 * <ol>
 *   <li>Each chunk is passed to {@link #onBytes} when it arrives.
 *   <li>{@link #onHeld} is called once: when the body is complete, or when more than {@link
 *       #holdBytes} have arrived. An allowed request then starts, with the withheld bytes.
 *   <li>If the body was not complete, each further chunk is passed to {@link #onBytes} before the
 *       application receives it, and {@link #onEnd} is called before the application sees the end
 *       of the body. A rejection aborts the request: neither the chunk nor the end is delivered.
 *   <li>{@link #close} is called when the request completes, in every case.
 * </ol>
 *
 * <p>Used by one thread at a time. An exception is handled according to the {@link FailureMode} of
 * the guard.
 */
public interface BodyInspector {
  /** Returns the number of bytes to withhold until {@link #onHeld}; constant, at least 0. */
  int holdBytes();

  /**
   * Inspects the next bytes of the body, after transfer decoding and before content decoding.
   *
   * @param bytes read-only and valid during the call only; the position does not have to be
   *     advanced
   * @return null to continue
   */
  @Nullable Rejection onBytes(ByteBuffer bytes);

  /**
   * Decides whether the request starts.
   *
   * @param complete whether the bytes received so far are the complete body; if so, {@link #onEnd}
   *     is not called
   */
  Verdict onHeld(boolean complete);

  /** Inspects the end of a body that was longer than {@link #holdBytes}. Returns null to allow. */
  default @Nullable Rejection onEnd() {
    return null;
  }

  /**
   * Returns whether the bytes after {@link #onHeld} must be inspected. If false, the adapter
   * forwards them without further calls. Evaluated once, after {@link #onHeld} allowed the request.
   */
  default boolean inspectsRest() {
    return true;
  }

  /** Releases resources. Called at most once, and not during another call. */
  default void close() {}

  /**
   * Returns an inspector that buffers the first bytes of a body and evaluates them. The rest is not
   * inspected.
   *
   * @param maxBytes the number of bytes to buffer, at least 0
   * @param decision receives the buffered bytes; {@link BodyView#complete} indicates whether they
   *     are the complete body
   * @throws IllegalArgumentException if {@code maxBytes} is negative
   */
  static BodyInspector buffering(int maxBytes, Function<? super BodyView, Verdict> decision) {
    return new BufferingInspector(maxBytes, decision);
  }
}
