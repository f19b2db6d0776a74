package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What makes an HTTP answer good. Immutable, shared by all sessions of a probe.
 *
 * @param good the statuses that pass
 * @param failNow the statuses that take the target out at once
 * @param draining the statuses by which the target says that it is leaving
 * @param headers what headers must be
 * @param failNowHeader a header whose presence takes the target out at once
 * @param degradedHeader a header whose presence says that the target would rather have less
 * @param bodyPart what the body must contain, as ISO 8859-1 text; empty for anything
 * @param bodyPattern what must be found in the body, read as ISO 8859-1
 */
public record HttpExpectation(
    BitSet good,
    BitSet failNow,
    BitSet draining,
    List<HeaderMatch> headers,
    @Nullable String failNowHeader,
    @Nullable String degradedHeader,
    String bodyPart,
    @Nullable Pattern bodyPattern) {

  /** A header that must have a value; if it has not, for this cause. */
  public record HeaderMatch(String name, String value, Cause otherwise) {}

  boolean looksAtBody() {
    return !bodyPart.isEmpty() || bodyPattern != null;
  }

  /** Judges a complete answer. */
  Ending judge(HttpResponse answer, boolean reusable) {
    String problem = answer.problem();
    if (problem != null) {
      boolean broke = problem.startsWith("closed");
      return Ending.failed(broke ? Cause.RESET : Cause.PROTOCOL, problem);
    }
    int status = answer.status();
    for (HeaderMatch match : headers) {
      String value = answer.header(match.name);
      if (match.otherwise == Cause.IDENTITY && !match.value.equals(value)) {
        return new Ending(Cause.IDENTITY, status, "somebody else answers: " + match.name, reusable);
      }
    }
    if (failNowHeader != null && answer.header(failNowHeader) != null) {
      return new Ending(Cause.FAIL_NOW, status, "header " + failNowHeader, reusable);
    }
    if (draining.get(status)) {
      return Endings.of(Cause.DRAINING, status, reusable);
    }
    if (!good.get(status)) {
      Cause cause = failNow.get(status) ? Cause.FAIL_NOW : Cause.STATUS;
      return Endings.of(cause, status, reusable);
    }
    return judgeContent(answer, status, reusable);
  }

  private Ending judgeContent(HttpResponse answer, int status, boolean reusable) {
    for (HeaderMatch match : headers) {
      if (!match.value.equals(answer.header(match.name))) {
        return new Ending(
            match.otherwise, status, "header " + match.name + " is not as expected", reusable);
      }
    }
    if (looksAtBody()) {
      String body = new String(answer.body(), ISO_8859_1);
      if (!body.contains(bodyPart) || (bodyPattern != null && !bodyPattern.matcher(body).find())) {
        return new Ending(Cause.BODY, status, "the body lacks the expected text", reusable);
      }
    }
    boolean degraded = degradedHeader != null && answer.header(degradedHeader) != null;
    return Endings.of(degraded ? Cause.DEGRADED : Cause.PASSED, status, reusable);
  }

  /** Ready endings, so that a probe of a healthy target makes none. */
  private static final class Endings {
    private static final int STATUSES = 600;
    private static final int CAUSES = Cause.values().length;
    private static final AtomicReferenceArray<@Nullable Ending> READY =
        new AtomicReferenceArray<>(STATUSES * CAUSES * 2);

    @SuppressWarnings("EnumOrdinal") // an index into a table of this process
    static Ending of(Cause cause, int status, boolean reusable) {
      int at = (status * CAUSES + cause.ordinal()) * 2 + (reusable ? 1 : 0);
      Ending ready = READY.get(at);
      if (ready == null) {
        ready = new Ending(cause, status, "status " + status, reusable);
        READY.set(at, ready);
      }
      return ready;
    }
  }
}
