// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads bodies as the path specifies, and records all bytes that it receives, including those that
 * a failed read has left in its array. Always responds with 200.
 */
final class GreedyServlet extends HttpServlet {
  static final List<String> WAYS =
      List.of("stream", "large", "single", "reader", "exact", "parameter", "parts", "async");

  private static final long serialVersionUID = 1;

  private volatile @Nullable Throwable failure;
  private transient volatile ByteArrayOutputStream read = new ByteArrayOutputStream();

  void reset() {
    failure = null;
    read = new ByteArrayOutputStream();
  }

  @Nullable Throwable failure() {
    return failure;
  }

  String read() {
    return read.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    read = new ByteArrayOutputStream();
    response.setHeader("X-Application", "yes");
    response.getWriter().print(request.getMethod().equals("POST") ? "" : "partial");
    String way = request.getPathInfo().substring(1);
    if (way.equals("async")) {
      request.startAsync();
      request.getInputStream().setReadListener(new Collector(request, response));
      return;
    }
    try {
      switch (way) {
        case "stream" -> readAll(request.getInputStream(), 1_000);
        case "large" -> readAll(request.getInputStream(), 20_000);
        case "single" -> readSingly(request.getInputStream());
        case "exact" ->
            read.write(
                request
                    .getInputStream()
                    .readNBytes(
                        request.getContentLength() < 0
                            ? Integer.MAX_VALUE
                            : request.getContentLength()));
        case "reader" -> readChars(request.getReader());
        case "parameter" -> keep(request.getParameter("a"));
        case "parts" ->
            keep(
                new String(
                    request.getPart("a").getInputStream().readAllBytes(),
                    StandardCharsets.ISO_8859_1));
        default -> keep("");
      }
    } catch (UncheckedIOException e) {
      failure = e.getCause();
    } catch (IOException e) {
      failure = e;
    }
    answer(response);
  }

  private void answer(HttpServletResponse response) throws IOException {
    String text = read();
    response.getWriter().print("read " + text.length() + " " + text.hashCode());
  }

  private void keep(@Nullable String text) {
    byte[] bytes = String.valueOf(text).getBytes(StandardCharsets.ISO_8859_1);
    read.write(bytes, 0, bytes.length);
  }

  private void readAll(InputStream in, int size) throws IOException {
    var buffer = new byte[size];
    try {
      int count;
      while ((count = in.read(buffer, 0, size)) >= 0) {
        read.write(buffer, 0, count);
        Arrays.fill(buffer, (byte) ' ');
      }
    } catch (IOException e) {
      read.write(buffer, 0, size);
      throw e;
    }
  }

  private void readSingly(InputStream in) throws IOException {
    int next;
    while ((next = in.read()) >= 0) {
      read.write(next);
    }
  }

  private void readChars(Reader in) throws IOException {
    int next;
    while ((next = in.read()) >= 0) {
      read.write(next);
    }
  }

  private final class Collector implements ReadListener {
    private final AsyncContext context;
    private final HttpServletResponse response;
    private final ServletInputStream in;
    private final byte[] buffer = new byte[5_000];

    Collector(HttpServletRequest request, HttpServletResponse response) throws IOException {
      this.context = request.getAsyncContext();
      this.response = response;
      in = request.getInputStream();
    }

    @Override
    public void onDataAvailable() throws IOException {
      while (in.isReady() && !in.isFinished()) {
        int count = in.read(buffer);
        if (count > 0) {
          read.write(buffer, 0, count);
        }
      }
    }

    @Override
    public void onAllDataRead() throws IOException {
      answer(response);
      context.complete();
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
      try {
        answer(response);
      } catch (IOException e) {
        thrown.addSuppressed(e);
      }
      context.complete();
    }
  }
}
