package io.gatewaykit.servlet;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;

/** The bytes that were read for the guards, then the rest from the container. */
final class ReplayInputStream extends ServletInputStream {
  private final byte[] begun;
  private final ServletInputStream rest;
  private final boolean whole;
  private int position;

  /**
   * Replays a body.
   *
   * @param whole whether there is nothing after {@code begun}
   */
  ReplayInputStream(byte[] begun, boolean whole, ServletInputStream rest) {
    this.begun = begun;
    this.whole = whole;
    this.rest = rest;
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
   * read is offered then, or at once if nothing is left to wait for.
   */
  @Override
  public void setReadListener(ReadListener listener) {
    rest.setReadListener(
        new ReadListener() {
          private boolean allRead;

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
        });
  }
}
