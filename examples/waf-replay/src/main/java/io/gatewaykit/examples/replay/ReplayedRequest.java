// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.WafGuard;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Passes a recorded request to a {@link WafGuard} as an adapter passes a live one: the head, then
 * the body in chunks, withheld as long as the guard requires, then streamed.
 */
final class ReplayedRequest {
  private final GatewayRequest request;
  private final byte[] body;
  private final int chunkBytes;
  private final GuardSession run;

  private ReplayedRequest(RecordedRequest recorded, GuardSession run, int chunkBytes) {
    request =
        RequestHead.builder(recorded.method(), recorded.rawTarget())
            .headers(recorded.headers())
            .build();
    body = recorded.body();
    this.run = run;
    this.chunkBytes = chunkBytes;
  }

  /**
   * Returns the decision of a guard about a request.
   *
   * @param chunkBytes the size of the chunks in which the body arrives, at least 1
   */
  static ReplayResult replay(RecordedRequest recorded, WafGuard guard, int chunkBytes) {
    GuardSession run = GuardChain.of(guard).begin();
    ReplayedRequest replayed = new ReplayedRequest(recorded, run, chunkBytes);
    Rejection rejection = replayed.evaluate(); // never throws, like a run of a chain
    run.complete(
        replayed.request,
        rejection == null
            ? new Completion(Completion.Kind.SERVED, 200)
            : new Completion(Completion.Kind.REJECTED, rejection.status()));
    return new ReplayResult(rejection, guard.found(replayed.request));
  }

  private @Nullable Rejection evaluate() {
    Rejection rejection = rejection(run.head(request));
    if (rejection != null || body.length == 0) {
      return rejection;
    }
    BodyInspector inspector = run.inspectBody(request);
    return inspector == null ? null : inspect(inspector);
  }

  private @Nullable Rejection inspect(BodyInspector inspector) {
    boolean held = false;
    for (int at = 0; at < body.length; at += chunkBytes) {
      int length = Math.min(chunkBytes, body.length - at);
      Rejection rejection = inspector.onBytes(ByteBuffer.wrap(body, at, length).asReadOnlyBuffer());
      boolean complete = at + length == body.length;
      if (rejection == null && !held && (complete || at + length > inspector.holdBytes())) {
        held = true;
        rejection = rejection(inspector.onHeld(complete));
        if (rejection != null || complete || !inspector.inspectsRest()) {
          return rejection;
        }
      }
      if (rejection != null) {
        return rejection;
      }
    }
    return inspector.onEnd();
  }

  private static @Nullable Rejection rejection(Verdict verdict) {
    return verdict instanceof Verdict.Reject reject ? reject.rejection() : null;
  }
}
