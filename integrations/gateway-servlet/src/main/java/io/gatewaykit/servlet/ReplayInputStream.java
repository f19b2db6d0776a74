package io.gatewaykit.servlet;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bytes that were read for the guards, then the rest from the container. */
final class ReplayInputStream extends ServletInputStream {
  private static final Logger log = LoggerFactory.getLogger(GatewayFilter.class);

  private byte[] begun;
  private final HttpServletRequest request;
  private final ServletInputStream rest;
  private boolean whole;
  private int position;

  /**
   * Replays a body.
   *
   * @param whole whether there is nothing after {@code begun}
   */
  ReplayInputStream(byte[] begun, boolean whole, HttpServletRequest request) throws IOException {
    this.begun = begun;
    this.whole = whole;
    this.request = request;
    rest = request.getInputStream();
  }

  @Override
  public int read() throws IOException {
    if (position < begun.length) {
      return begun[position++] & 0xff;
    }
    return whole ? -1 : rest.read();
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position < begun.length) {
      int count = Math.min(length, begun.length - position);
      System.arraycopy(begun, position, into, offset, count);
      position += count;
      return count;
    }
    return whole ? -1 : rest.read(into, offset, length);
  }

  @Override
  public boolean isFinished() {
    return position >= begun.length && (whole || rest.isFinished());
  }

  @Override
  public boolean isReady() {
    return position < begun.length || whole || rest.isReady();
  }

  /**
   * Hands reading to the listener. The container calls it when the rest is there; what was already
   * read is offered then. Where nothing is left to wait for, containers do not agree on whether
   * they call it, so it is called here, on one of their threads.
   */
  @Override
  public void setReadListener(ReadListener listener) {
    var replaying = new ReplayingListener(listener);
    takeBuffered();
    whole |= rest.isFinished();
    if (whole) {
      request.getAsyncContext().start(replaying::allIsThere);
    } else {
      rest.setReadListener(replaying);
    }
  }

  /**
   * Takes what the container has read ahead. Tomcat would read over it: it does not expect that
   * some of a body was read before it is read asynchronously.
   */
  private void takeBuffered() {
    try {
      byte[] ahead = whole ? new byte[0] : rest.readNBytes(rest.available());
      int from = begun.length;
      begun = Arrays.copyOf(begun, from + ahead.length);
      System.arraycopy(ahead, 0, begun, from, ahead.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
        log.debug("a read listener failed", e);
        listener.onError(e);
      }
    }

    @Override
    public void onDataAvailable() throws IOException {
      listener.onDataAvailable();
      finishIfDone();
    }

    @Override
    public void onAllDataRead() throws IOException {
      if (position < begun.length) {
        listener.onDataAvailable();
      }
      finishIfDone();
    }

    private void finishIfDone() throws IOException {
      if (!allRead && isFinished()) {
        allRead = true;
        listener.onAllDataRead();
      }
    }

    @Override
    public void onError(Throwable failure) {
      listener.onError(failure);
    }
  }
}
