// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import org.jspecify.annotations.Nullable;

/**
 * The incremental inspection of one body. Values are passed on as soon as they are read, so the
 * memory does not depend on the length of the body. Used by one thread at a time.
 */
public final class Body implements AutoCloseable {
  private final @Nullable BodyReaders readers;
  private final BodyReader reader;
  private boolean started;

  /** Creates the inspection of a body, which passes its values to a sink. */
  public Body(BodyHead head, BodyLimits limits, BodySink sink) {
    BodyReaders made = new BodyReaders(head, limits, sink);
    readers = made;
    reader = made.open();
  }

  private Body(BodyReader reader) {
    this.reader = reader;
    readers = null;
  }

  /** Returns the inspection of a body that is not parsed but passed on in windows as received. */
  public static Body unread(BodySink sink) {
    return new Body(new TextReader(Target.BODY, "body", sink));
  }

  /** Reads the next bytes. They are not retained. */
  public void feed(byte[] bytes, int from, int to) {
    if (from < to) {
      started = true;
      reader.feed(bytes, from, to);
    }
  }

  /**
   * Ends the body. Called once.
   *
   * @param complete false if the body continues but the rest is not read; constructs that are
   *     incomplete at its end are then not violations
   */
  public void finish(boolean complete) {
    if (started) { // an absent body is not a violation
      reader.finish(complete);
    }
    close();
  }

  /** Releases native memory. Idempotent. */
  @Override
  public void close() {
    if (readers != null) {
      readers.close();
    }
  }
}
