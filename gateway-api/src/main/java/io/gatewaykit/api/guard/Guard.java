package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.Set;

/**
 * Decides whether a request may pass. One guard serves all requests at once: implementations are
 * thread-safe and never block; what must wait says so in its {@link Verdict}.
 */
public interface Guard {

  /** Returns the guard's name, for metrics and logs: short, constant, lower case. */
  String name();

  /**
   * Returns the stages this guard takes part in; asked once, when a chain is built. Default: the
   * head only.
   */
  default Set<Stage> stages() {
    return Set.of(Stage.HEAD);
  }

  /** Returns what happens to a request on which this guard fails. Default: it is refused. */
  default FailureMode failureMode() {
    return FailureMode.FAIL_CLOSED;
  }

  /** Judges the request's head. Returning {@link Verdict#allow()} costs no allocation. */
  Verdict onHead(GatewayRequest request);

  /**
   * Returns how many bytes of this request's body the guard wants to see, 0 for none. Asked after
   * the head was allowed, of guards with {@link Stage#BODY}.
   */
  default int bodyBytesWanted(GatewayRequest request) {
    return 0;
  }

  /** Judges the buffered part of the body; called only if this guard wanted some of it. */
  default Verdict onBody(GatewayRequest request, BodyView body) {
    return Verdict.allow();
  }

  /** Sees the response's head, and may add header fields to it. */
  default void onResponse(GatewayRequest request, ResponseHead response) {}

  /**
   * Learns how the request ended: exactly once for each request whose head this guard was asked
   * about, whatever happened, on any thread.
   */
  default void onComplete(GatewayRequest request, Completion completion) {}
}
