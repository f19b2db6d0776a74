// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The criteria for a good HTTP response. Immutable, shared by all sessions of a probe.
 *
 * @param good the statuses that pass
 * @param failNow the statuses that make the target unhealthy immediately
 * @param draining the statuses by which the target announces its shutdown
 * @param headers the required headers
 * @param failNowHeader a header whose presence makes the target unhealthy immediately
 * @param degradedHeader a header whose presence marks the target as degraded
 * @param bodyPart the text that the body must contain, as ISO 8859-1; empty for none
 * @param bodyPattern the pattern to be found in the body, decoded as ISO 8859-1
 * @param listener receives the value of a header of each complete response
 */
public record HttpExpectation(
    BitSet good,
    BitSet failNow,
    BitSet draining,
    List<HeaderMatch> headers,
    @Nullable String failNowHeader,
    @Nullable String degradedHeader,
    String bodyPart,
    @Nullable Pattern bodyPattern,
    @Nullable HeaderListener listener) {

  /** A header with its required value, and the cause of failure on a mismatch. */
  public record HeaderMatch(String name, String value, Cause mismatch) {}

  /** Receives the values of a header, on the engine thread. */
  public record HeaderListener(String name, Consumer<String> values) {}

  /** Returns these criteria with a listener for the responses of one target. */
  public HttpExpectation notifying(HeaderListener receiver) {
    return new HttpExpectation(
        good,
        failNow,
        draining,
        headers,
        failNowHeader,
        degradedHeader,
        bodyPart,
        bodyPattern,
        receiver);
  }

  boolean inspectsBody() {
    return !bodyPart.isEmpty() || bodyPattern != null;
  }

  /** Evaluates a complete response. */
  ProbeOutcome evaluate(HttpResponse response, boolean reusable) {
    String problem = response.problem();
    if (problem != null) {
      boolean broke = problem.startsWith("closed");
      return ProbeOutcome.failed(broke ? Cause.RESET : Cause.PROTOCOL, problem);
    }
    String observed = listener == null ? null : response.header(listener.name);
    if (listener != null && observed != null) {
      listener.values.accept(observed);
    }
    int status = response.status();
    for (HeaderMatch match : headers) {
      String value = response.header(match.name);
      if (match.mismatch == Cause.IDENTITY && !match.value.equals(value)) {
        return new ProbeOutcome(
            Cause.IDENTITY, status, "identity mismatch in header " + match.name, reusable);
      }
    }
    if (failNowHeader != null && response.header(failNowHeader) != null) {
      return new ProbeOutcome(Cause.FAIL_NOW, status, "header " + failNowHeader, reusable);
    }
    if (draining.get(status)) {
      return Outcomes.of(Cause.DRAINING, status, reusable);
    }
    if (!good.get(status)) {
      Cause cause = failNow.get(status) ? Cause.FAIL_NOW : Cause.STATUS;
      return Outcomes.of(cause, status, reusable);
    }
    return evaluateContent(response, status, reusable);
  }

  private ProbeOutcome evaluateContent(HttpResponse response, int status, boolean reusable) {
    for (HeaderMatch match : headers) {
      if (!match.value.equals(response.header(match.name))) {
        return new ProbeOutcome(
            match.mismatch, status, "header " + match.name + " did not match", reusable);
      }
    }
    if (inspectsBody()) {
      String body = new String(response.body(), ISO_8859_1);
      if (!body.contains(bodyPart) || (bodyPattern != null && !bodyPattern.matcher(body).find())) {
        return new ProbeOutcome(
            Cause.BODY, status, "body does not contain the expected text", reusable);
      }
    }
    boolean degraded = degradedHeader != null && response.header(degradedHeader) != null;
    return Outcomes.of(degraded ? Cause.DEGRADED : Cause.PASSED, status, reusable);
  }

  /** Precomputed outcomes, so that a probe of a healthy target does not allocate. */
  private static final class Outcomes {
    private static final int STATUSES = 600;
    private static final int CAUSES = Cause.values().length;
    private static final AtomicReferenceArray<@Nullable ProbeOutcome> READY =
        new AtomicReferenceArray<>(STATUSES * CAUSES * 2);

    @SuppressWarnings("EnumOrdinal") // an index into an in-memory table
    static ProbeOutcome of(Cause cause, int status, boolean reusable) {
      int at = (status * CAUSES + cause.ordinal()) * 2 + (reusable ? 1 : 0);
      ProbeOutcome ready = READY.get(at);
      if (ready == null) {
        ready = new ProbeOutcome(cause, status, "status " + status, reusable);
        READY.set(at, ready);
      }
      return ready;
    }
  }
}
