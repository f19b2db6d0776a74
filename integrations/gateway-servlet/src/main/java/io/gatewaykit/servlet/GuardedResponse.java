// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.GuardSession;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Notifies the guards of the response head immediately before the first byte, when the application
 * can no longer change it, and passes the body to their observers. Does not buffer. The bytes of
 * the output stream are not copied. The characters of the writer are encoded a second time, and
 * only if a guard observes the body, because the container encodes them behind this class.
 */
final class GuardedResponse extends HttpServletResponseWrapper {
  private final GuardSession guards;
  private final ServletView view;
  private boolean notified;
  private @Nullable BodyObserver observer;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  GuardedResponse(HttpServletResponse response, GuardSession guards, ServletView view) {
    super(response);
    this.guards = guards;
    this.view = view;
  }

  /**
   * Notifies the guards of the head, unless they were notified before or the response is committed.
   */
  void headIsReady() {
    if (!notified) {
      notified = true;
      if (!isCommitted()) {
        ServletResponseHead head = head();
        guards.response(view, head);
        observer = guards.observeResponseBody(view, head);
      }
    }
  }

  private ServletResponseHead head() {
    return new ServletResponseHead((HttpServletResponse) getResponse());
  }

  private void bodyFollows(byte[] bytes, int offset, int length) {
    headIsReady();
    BodyObserver observing = observer;
    if (observing != null && length > 0) {
      observing.onBytes(ByteBuffer.wrap(bytes, offset, length).slice());
    }
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    ServletOutputStream known = stream;
    if (known == null) {
      known = new GuardedStream(super.getOutputStream());
      stream = known;
    }
    return known;
  }

  private final class GuardedStream extends ServletOutputStream {
    private final ServletOutputStream out;

    GuardedStream(ServletOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      headIsReady();
      if (observer != null) {
        bodyFollows(new byte[] {(byte) b}, 0, 1);
      }
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      bodyFollows(bytes, offset, length);
      out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      headIsReady();
      out.flush();
    }

    @Override
    public void close() throws IOException {
      headIsReady();
      out.close();
    }

    @Override
    public boolean isReady() {
      return out.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      out.setWriteListener(listener);
    }
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    PrintWriter known = writer;
    if (known == null) {
      known = new GuardedWriter(super.getWriter());
      writer = known;
    }
    return known;
  }

  /** Reports errors of the container's writer, which a {@code PrintWriter} around it would miss. */
  private final class GuardedWriter extends PrintWriter {
    private final PrintWriter container;

    GuardedWriter(PrintWriter container) {
      super(new HeadFirst(container));
      this.container = container;
    }

    @Override
    public boolean checkError() {
      boolean own = super.checkError(); // flushes
      return container.checkError() || own;
    }
  }

  private final class HeadFirst extends Writer {
    private final PrintWriter container;
    private @Nullable Writer observing;

    HeadFirst(PrintWriter container) {
      this.container = container;
    }

    @Override
    public void write(char[] chars, int offset, int length) throws IOException {
      headIsReady();
      if (observer != null) {
        observe(chars, offset, length);
      }
      container.write(chars, offset, length);
    }

    private void observe(char[] chars, int offset, int length) throws IOException {
      Writer encoder = observing;
      if (encoder == null) {
        var charset = Charset.forName(getCharacterEncoding()); // fixed since getWriter
        encoder = new OutputStreamWriter(new ObservedBytes(), charset);
        observing = encoder;
      }
      encoder.write(chars, offset, length);
      encoder.flush(); // except for half of a surrogate pair
    }

    @Override
    public void flush() {
      headIsReady();
      container.flush();
    }

    @Override
    public void close() {
      headIsReady();
      container.close();
    }
  }

  /** The second encoding of the writer's characters, for observers only. */
  private final class ObservedBytes extends OutputStream {
    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      bodyFollows(bytes, offset, length);
    }
  }

  @Override
  public void flushBuffer() throws IOException {
    headIsReady();
    super.flushBuffer();
  }

  @Override
  public void sendError(int status) throws IOException {
    setStatus(status);
    headIsReady();
    super.sendError(status);
    observer = null; // the container writes the body
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    setStatus(status);
    headIsReady();
    super.sendError(status, message);
    observer = null;
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    setStatus(SC_FOUND);
    headIsReady();
    super.sendRedirect(location);
  }

  /** The redirect method of Servlet 6.1, whose default implementation bypasses this class. */
  @SuppressWarnings("MissingOverride") // does not override in Servlet 6.0
  public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
    if (clearBuffer) {
      resetBuffer();
    }
    setStatus(status);
    setHeader("Location", location);
    flushBuffer();
  }

  /** Discards the bytes that observers have seen, so the observation starts over. */
  @Override
  public void resetBuffer() {
    super.resetBuffer();
    if (observer != null) {
      observer = guards.observeResponseBody(view, head());
    }
  }

  /** Discards the fields that guards have added, so the guards are notified again. */
  @Override
  public void reset() {
    super.reset();
    notified = false;
    observer = null;
    stream = null;
    writer = null;
  }
}
