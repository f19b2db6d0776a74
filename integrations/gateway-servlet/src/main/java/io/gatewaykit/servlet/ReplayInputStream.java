// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An input stream of the held bytes, followed by the remaining bytes from the container. */
final class ReplayInputStream extends ServletInputStream {
  private static final Logger log = LoggerFactory.getLogger(ReplayInputStream.class);

  private final HttpServletRequest request;
  private final HeldBody held;
  private final RestOfBody rest;
  private byte[] buffered;
  private int length;
  private int position;
  private boolean complete;

  /** Replays a body. */
  ReplayInputStream(HeldBody held, RestOfBody rest, HttpServletRequest request) {
    this.held = held;
    this.rest = rest;
    this.request = request;
    buffered = held.take();
    length = held.length();
    complete = held.isComplete();
  }

  @Override
  public int read() throws IOException {
    if (position < length) {
      int next = buffered[position++] & 0xff;
      releaseIfRead();
      return next;
    }
    return complete ? -1 : rest.read();
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (position < length) {
      int taken = Math.min(count, length - position);
      System.arraycopy(buffered, position, into, offset, taken);
      position += taken;
      releaseIfRead();
      return taken;
    }
    return complete ? -1 : rest.read(into, offset, count);
  }

  private void releaseIfRead() {
    if (position == length) {
      buffered = new byte[0];
      position = 0;
      length = 0;
      held.release();
    }
  }

  @Override
  public int available() throws IOException {
    return position < length ? length - position : complete ? 0 : rest.available();
  }

  @Override
  public boolean isFinished() {
    return position >= length && (complete || rest.isFinished());
  }

  @Override
  public boolean isReady() {
    return position < length || complete || rest.isReady();
  }

  /**
   * Passes reading on to the listener. The container calls it when the remaining bytes are
   * available, and the held bytes are then offered first. If no bytes remain, containers differ in
   * whether they call it, so it is called here, on a container thread.
   */
  @Override
  public void setReadListener(ReadListener listener) {
    var replaying = new ReplayingListener(listener);
    try {
      takeBuffered();
    } catch (BodyRejectedException e) {
      request.getAsyncContext().start(() -> replaying.onError(e));
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (complete) {
      request.getAsyncContext().start(replaying::allIsThere);
    } else {
      rest.setReadListener(replaying);
    }
  }

  /**
   * Reads the bytes that the container has buffered. Tomcat would skip them, because it does not
   * expect a blocking read before an asynchronous one.
   */
  private void takeBuffered() throws IOException {
    if (complete) {
      return;
    }
    var ahead = new byte[rest.available()];
    int taken = 0;
    while (taken < ahead.length) {
      int count = rest.read(ahead, taken, ahead.length - taken);
      if (count < 0) {
        break;
      }
      taken += count;
    }
    byte[] joined = Arrays.copyOfRange(buffered, position, length + taken);
    System.arraycopy(ahead, 0, joined, length - position, taken);
    buffered = joined;
    length += taken - position;
    position = 0;
    rest.inspectEndIfFinished();
    complete = rest.isFinished();
  }

  private final class ReplayingListener implements ReadListener {
    private final ReadListener listener;
    private boolean allRead;

    ReplayingListener(ReadListener listener) {
      this.listener = listener;
    }

    void allIsThere() {
      try {
        onAllDataRead();
      } catch (IOException | RuntimeException e) {
        onError(e);
      }
    }

    @Override
    public void onDataAvailable() throws IOException {
      listener.onDataAvailable();
      finishIfDone();
    }

    @Override
    public void onAllDataRead() throws IOException {
      if (position < length) {
        listener.onDataAvailable();
      }
      finishIfDone();
    }

    private void finishIfDone() throws IOException {
      if (allRead || position < length) {
        return;
      }
      if (!complete && !rest.isRejected()) {
        rest.inspectEndIfFinished();
      }
      if (isFinished()) {
        allRead = true;
        listener.onAllDataRead();
      }
    }

    /**
     * Notifies the listener of an error. If it throws an exception, the request is completed, as
     * Tomcat and Jetty do. Undertow would keep the connection until the asynchronous timeout.
     */
    @Override
    public void onError(Throwable failure) {
      // Undertow wraps exceptions that a listener throws.
      boolean wrapped = failure.getCause() instanceof BodyRejectedException;
      try {
        listener.onError(wrapped ? failure.getCause() : failure);
      } catch (RuntimeException e) {
        log.debug("gateway filter: the error callback of a read listener threw an exception", e);
        complete();
      }
    }

    private void complete() {
      try {
        if (request.isAsyncStarted()) {
          request.getAsyncContext().complete();
        }
      } catch (IllegalStateException e) {
        log.debug("gateway filter: request already completed", e);
      }
    }
  }
}
