// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses a {@code multipart/form-data} body (RFC 7578, RFC 2046 §5.1) as a stream. It holds at most
 * one buffer of the body in memory, and at most the threshold of each part.
 */
final class MultipartParser {
  private static final int MAX_PARTS = 1000;
  private static final int MAX_PART_HEAD = 8192;
  private static final int MAX_BOUNDARY = 256;
  private static final OutputStream NOWHERE = OutputStream.nullOutputStream();

  private final InputStream in;
  private final MultipartConfigElement limits;
  private final Path directory;
  private final Charset charset;
  private final byte[] buffer = new byte[8192];
  private int position;
  private int limit;
  private long read;

  MultipartParser(
      InputStream in, MultipartConfigElement limits, HttpServletRequest request, Charset charset) {
    this.in = in;
    this.limits = limits;
    this.charset = charset;
    Object given = request.getServletContext().getAttribute(ServletContext.TEMPDIR);
    Path base =
        given instanceof File dir ? dir.toPath() : Path.of(System.getProperty("java.io.tmpdir"));
    directory = base.resolve(limits.getLocation());
  }

  /**
   * Reads the body.
   *
   * @throws ServletException if it is malformed
   * @throws IllegalStateException if it exceeds a limit
   */
  List<ReplayPart> parse(String contentType) throws IOException, ServletException {
    String boundary = HeaderParameters.of(contentType).get("boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
      throw new ServletException("boundary: none (expected: one of 1.." + MAX_BOUNDARY + " chars)");
    }
    byte[] delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    buffer[0] = '\r'; // so that the first delimiter is like the others
    buffer[1] = '\n';
    limit = 2;
    var parts = new ArrayList<ReplayPart>();
    boolean done = false;
    try {
      copyTo(NOWHERE, delimiter);
      while (hasNextPart()) {
        if (parts.size() == MAX_PARTS) {
          throw new IllegalStateException(
              "parts: more than " + MAX_PARTS + " (expected: 0.." + MAX_PARTS + ")");
        }
        ReplayPart part = begin(head());
        if (part == null) {
          copyTo(NOWHERE, delimiter);
        } else {
          parts.add(part);
          copyTo(part, delimiter);
          part.close();
        }
      }
      done = true;
    } catch (EOFException e) {
      throw new ServletException("multipart body: truncated", e);
    } finally {
      if (!done) {
        parts.forEach(ReplayPart::delete);
      }
    }
    return parts;
  }

  private @Nullable ReplayPart begin(List<Map.Entry<String, String>> headers) {
    for (Map.Entry<String, String> header : headers) {
      if (header.getKey().equalsIgnoreCase("Content-Disposition")) {
        Map<String, String> parameters = HeaderParameters.of(header.getValue());
        String name = parameters.get("name");
        return name == null
            ? null
            : new ReplayPart(
                headers,
                name,
                parameters.get("filename"),
                directory,
                limits.getFileSizeThreshold(),
                limits.getMaxFileSize());
      }
    }
    return null; // not a form field
  }

  /** Reads the text after a delimiter, and returns whether another part follows. */
  private boolean hasNextPart() throws IOException, ServletException {
    int first = next();
    if (first == '-' && next() == '-') {
      return false; // the epilogue is ignored
    }
    while (first == ' ' || first == '\t') {
      first = next();
    }
    if (first != '\r' || next() != '\n') {
      throw new ServletException("multipart body: malformed delimiter");
    }
    return true;
  }

  private List<Map.Entry<String, String>> head() throws IOException, ServletException {
    var headers = new ArrayList<Map.Entry<String, String>>();
    int left = MAX_PART_HEAD;
    for (String line = line(left); !line.isEmpty(); line = line(left)) {
      left -= line.length();
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new ServletException("multipart body: malformed part head");
      }
      headers.add(Map.entry(line.substring(0, colon).strip(), line.substring(colon + 1).strip()));
    }
    return headers;
  }

  private String line(int atMost) throws IOException, ServletException {
    var line = new ByteArrayOutputStream();
    for (int b = next(); b != '\n'; b = next()) {
      if (line.size() >= atMost) {
        throw new IllegalStateException(
            "part head: more than %d bytes (expected: 0..%d)"
                .formatted(MAX_PART_HEAD, MAX_PART_HEAD));
      }
      line.write(b);
    }
    return line.toString(charset).stripTrailing();
  }

  private int next() throws IOException {
    if (position == limit) {
      position = 0;
      limit = 0;
      fill();
    }
    return buffer[position++] & 0xff;
  }

  /** Copies the bytes before the next delimiter to the sink, and consumes the delimiter. */
  private void copyTo(OutputStream sink, byte[] delimiter) throws IOException {
    while (true) {
      int at = indexOf(delimiter);
      if (at >= 0) {
        sink.write(buffer, position, at - position);
        position = at + delimiter.length;
        return;
      }
      // the last bytes may be the start of a delimiter
      int safe = Math.max(position, limit - delimiter.length + 1);
      sink.write(buffer, position, safe - position);
      System.arraycopy(buffer, safe, buffer, 0, limit - safe);
      limit -= safe;
      position = 0;
      fill();
    }
  }

  private int indexOf(byte[] delimiter) {
    for (int i = position; i <= limit - delimiter.length; i++) {
      if (buffer[i] == '\r'
          && Arrays.equals(buffer, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
        return i;
      }
    }
    return -1;
  }

  private void fill() throws IOException {
    int count = in.read(buffer, limit, buffer.length - limit);
    if (count < 0) {
      throw new EOFException();
    }
    limit += count;
    read += count;
    long most = limits.getMaxRequestSize();
    if (most >= 0 && read > most) {
      throw new IllegalStateException(
          "multipart body: more than " + most + " bytes (expected: 0.." + most + ")");
    }
  }
}
