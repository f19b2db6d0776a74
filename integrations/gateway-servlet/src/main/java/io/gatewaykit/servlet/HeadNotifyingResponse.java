package io.gatewaykit.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/**
 * Notifies the guards of the response head immediately before the first byte, when the application
 * can no longer change it. Does not buffer.
 */
final class HeadNotifyingResponse extends HttpServletResponseWrapper {
  private final Runnable beforeHead;
  private boolean notified;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  HeadNotifyingResponse(HttpServletResponse response, Runnable beforeHead) {
    super(response);
    this.beforeHead = beforeHead;
  }

  /**
   * Notifies the guards of the head, unless they were notified before or the response is committed.
   */
  void headIsReady() {
    if (!notified) {
      notified = true;
      if (!isCommitted()) {
        beforeHead.run();
      }
    }
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    ServletOutputStream known = stream;
    if (known == null) {
      known = new NotifyingStream(super.getOutputStream());
      stream = known;
    }
    return known;
  }

  private final class NotifyingStream extends ServletOutputStream {
    private final ServletOutputStream out;

    NotifyingStream(ServletOutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      headIsReady();
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      headIsReady();
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
      known = new NotifyingWriter(super.getWriter());
      writer = known;
    }
    return known;
  }

  /** Reports errors of the container's writer, which a {@code PrintWriter} around it would miss. */
  private final class NotifyingWriter extends PrintWriter {
    private final PrintWriter container;

    NotifyingWriter(PrintWriter container) {
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

    HeadFirst(PrintWriter container) {
      this.container = container;
    }

    @Override
    public void write(char[] chars, int offset, int length) {
      headIsReady();
      container.write(chars, offset, length);
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
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    setStatus(status);
    headIsReady();
    super.sendError(status, message);
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

  /** Discards the fields that guards have added, so the guards are notified again. */
  @Override
  public void reset() {
    super.reset();
    notified = false;
    stream = null;
    writer = null;
  }
}
