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
 * Shows the response's head to the guards just before its first byte, when the application has made
 * up its mind. Buffers nothing.
 */
final class HeadNotifyingResponse extends HttpServletResponseWrapper {
  private final Runnable beforeHead;
  private boolean notified;
  private @Nullable PrintWriter writer;

  HeadNotifyingResponse(HttpServletResponse response, Runnable beforeHead) {
    super(response);
    this.beforeHead = beforeHead;
  }

  /** Shows the head unless that was done, or it is too late. */
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
    ServletOutputStream out = super.getOutputStream();
    return new ServletOutputStream() {
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
    };
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (writer == null) {
      PrintWriter out = super.getWriter();
      writer =
          new PrintWriter(
              new Writer() {
                @Override
                public void write(char[] chars, int offset, int length) {
                  headIsReady();
                  out.write(chars, offset, length);
                }

                @Override
                public void flush() {
                  headIsReady();
                  out.flush();
                }

                @Override
                public void close() {
                  headIsReady();
                  out.close();
                }
              });
    }
    return writer;
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
}
