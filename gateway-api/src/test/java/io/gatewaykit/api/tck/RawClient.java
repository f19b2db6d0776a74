// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A connection to a server on the loopback address, over which a test sends arbitrary bytes. */
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  /** Connects. A read fails if the server sends nothing for 30 seconds. */
  public RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sets the time after which a read fails if the server sends nothing. */
  public RawClient silentAfter(int millis) throws IOException {
    socket.setSoTimeout(millis);
    return this;
  }

  /** Sends the text, one byte for each char. */
  public RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** Reads the next response, which may be an interim one. */
  public RawResponse read() throws IOException {
    return read(false);
  }

  /** Reads the next response to a {@code HEAD}, which has no body regardless of its fields. */
  public RawResponse readBodiless() throws IOException {
    return read(true);
  }

  private RawResponse read(boolean bodiless) throws IOException {
    String statusLine = line();
    if (!statusLine.matches("HTTP/1[.][01] .*")) {
      throw new IOException("no status line: " + statusLine);
    }
    int status = Integer.parseInt(statusLine.substring(9, 12));
    List<String> lines = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      lines.add(line);
    }
    var head = new RawResponse(status, List.copyOf(lines), "");
    boolean never = bodiless || status < 200 || status == 204 || status == 304;
    return never ? head : new RawResponse(status, head.lines(), body(head));
  }

  private String body(RawResponse head) throws IOException {
    if (head.header("Transfer-Encoding").equalsIgnoreCase("chunked")) {
      var body = new StringBuilder();
      for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
        body.append(chunk);
      }
      return body.toString();
    }
    String length = head.header("Content-Length");
    return length.isEmpty() ? text(in.readAllBytes()) : exactly(Integer.parseInt(length));
  }

  /**
   * Reads one chunk of a chunked body whose head was read; empty at its end. Some servers send the
   * line break behind a chunk with the next one only.
   */
  public String chunk() throws IOException {
    String size = line();
    if (size.isEmpty()) {
      size = line();
    }
    int length = Integer.parseInt(size, 16);
    if (length == 0) {
      line(); // no trailers
    }
    return exactly(length);
  }

  /** Reads only the head of a response whose body arrives in several parts. */
  public RawResponse readHead() throws IOException {
    return read(true);
  }

  /** Reads this many bytes, one char each; fails if there are fewer. */
  public String read(int bytes) throws IOException {
    return exactly(bytes);
  }

  /** Reads and discards this many bytes. */
  public void skip(long bytes) throws IOException {
    in.skipNBytes(bytes);
  }

  /** Reads until the server closes; returns {@code reset} if it does so abruptly. */
  public String readAll() throws IOException {
    try {
      return text(in.readAllBytes());
    } catch (SocketException e) {
      return "reset";
    }
  }

  private String exactly(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("after " + bytes.length + " of " + count + " bytes of a body");
    }
    return text(bytes);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("in a head, after: " + line);
      }
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Waits for more bytes, and returns whether the server has closed the connection instead. */
  public boolean isClosedByServer() throws IOException {
    try {
      in.mark(1);
      int next = in.read();
      in.reset();
      return next < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
