// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.value;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.internal.body.Body;
import io.gatewaykit.waf.internal.body.BodyHead;
import io.gatewaykit.waf.internal.body.BodyLimits;
import io.gatewaykit.waf.internal.body.BodySink;
import io.gatewaykit.waf.rule.Target;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the body of one request for rules that inspect its values as they become available. */
public final class BodyReading implements AutoCloseable {
  private static final Pattern CONNECT =
      Pattern.compile("\\s*application/connect\\+", Pattern.CASE_INSENSITIVE);

  private final Body body;
  private final @Nullable Body raw;
  private boolean ended;

  public BodyReading(InspectedHead request, BodyLimits limits, Set<Target> wanted, BodySink sink) {
    body = new Body(head(request), limits, sink);
    raw = wanted.contains(Target.BODY) ? Body.unread(sink) : null;
  }

  private static BodyHead head(InspectedHead request) {
    Headers headers = request.headers();
    String target = request.rawTarget();
    int mark = target.indexOf('?');
    List<String> types = headers.all("Content-Type");
    // The protocol selects the field, so the other one is ignored.
    boolean connect = !types.isEmpty() && CONNECT.matcher(types.get(0)).lookingAt();
    List<String> coding = headers.all(connect ? "Connect-Content-Encoding" : "Grpc-Encoding");
    return new BodyHead(
        request.method(),
        mark < 0 ? target : target.substring(0, mark),
        types,
        headers.all("Content-Encoding"),
        String.join(", ", coding));
  }

  /** Reads the next bytes. They are not retained. */
  public void feed(byte[] bytes, int from, int to) {
    if (raw != null) {
      raw.feed(bytes, from, to);
    }
    body.feed(bytes, from, to);
  }

  /**
   * Ends the body. Idempotent.
   *
   * @param complete false if the rest of the body is not read
   */
  public void finish(boolean complete) {
    if (!ended) {
      ended = true;
      if (raw != null) {
        raw.finish(complete);
      }
      body.finish(complete);
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
