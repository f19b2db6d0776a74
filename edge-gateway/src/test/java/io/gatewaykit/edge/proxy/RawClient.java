package io.gatewaykit.edge.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;

/** A client that sends exact bytes and parses just enough to read a response. */
public final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  private RawClient(InetSocketAddress server) throws IOException {
    socket = new Socket(server.getAddress(), server.getPort());
    socket.setSoTimeout(20_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Connects to a server. */
  public static RawClient connect(InetSocketAddress server) {
    try {
      return new RawClient(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A response.
   *
   * @param head status line and fields
   * @param body the body, without framing
   */
  public record Response(String head, String body) {
    /** Returns the status. */
    public int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    /** Returns the first value of the field, or an empty text. */
    public String header(String name) {
      for (String line : head.split("\r\n", -1)) {
        if (line.regionMatches(true, 0, name + ": ", 0, name.length() + 2)) {
          return line.substring(name.length() + 2);
        }
      }
      return "";
    }
  }

  /** Sends bytes, one per char. */
  public void send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the head of a response; empty if the connection was closed. */
  public Response readHead() {
    try {
      var head = new StringBuilder();
      String line = line();
      while (!line.isEmpty()) {
        head.append(line).append("\r\n");
        line = line();
      }
      return new Response(head.toString(), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a response with its body. */
  public Response readResponse() {
    Response head = readHead();
    String fields = head.head().toLowerCase(Locale.ROOT);
    try {
      if (fields.contains("transfer-encoding: chunked")) {
        return new Response(head.head(), chunks());
      }
      int at = fields.indexOf("content-length: ");
      int length =
          at < 0 ? 0 : Integer.parseInt(fields.substring(at + 16, fields.indexOf("\r\n", at)));
      return new Response(head.head(), new String(in.readNBytes(length), ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String chunks() throws IOException {
    var body = new StringBuilder();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      body.append(new String(in.readNBytes(size), ISO_8859_1));
      line();
      if (size == 0) {
        return body.toString();
      }
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Reads this many bytes, one char each. */
  public String read(int bytes) {
    try {
      return new String(in.readNBytes(bytes), ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads and discards this many bytes. */
  public void skip(long bytes) {
    try {
      in.skipNBytes(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the peer closes. */
  public String readAll() {
    try {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (IOException e) {
      return "reset"; // closed by the peer before it had read all bytes
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
