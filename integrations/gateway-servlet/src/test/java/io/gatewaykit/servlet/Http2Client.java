// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.hpack.HpackDecoder;
import org.eclipse.jetty.http2.hpack.HpackException;

/**
 * One stream of HTTP/2 without TLS, frame by frame. Sends what clients of a library do not send:
 * extended CONNECT (RFC 8441), and a body without its length.
 */
final class Http2Client implements AutoCloseable {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final HpackDecoder decoder = new HpackDecoder(16_384, System::nanoTime);
  private int status;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private boolean ended;

  Http2Client(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(20_000);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
    out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    send(SETTINGS, 0, 0, new byte[0]);
  }

  private void send(int type, int flags, int stream, byte[] payload) throws IOException {
    out.write(payload.length >> 16);
    out.writeShort(payload.length);
    out.write(type);
    out.write(flags);
    out.writeInt(stream);
    out.write(payload);
    out.flush();
  }

  /** Sends the head of a request: names and values in turn. The body follows. */
  Http2Client head(String... fields) throws IOException {
    return head(0, fields);
  }

  /** Sends a request without a body. */
  Http2Client request(String... fields) throws IOException {
    return head(END_STREAM, fields);
  }

  private Http2Client head(int flags, String... fields) throws IOException {
    var block = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      block.write(0); // literal, not indexed, new name
      block.write(fields[i].length());
      block.writeBytes(fields[i].getBytes(StandardCharsets.US_ASCII));
      block.write(fields[i + 1].length()); // at most 126
      block.writeBytes(fields[i + 1].getBytes(StandardCharsets.US_ASCII));
    }
    send(HEADERS, END_HEADERS | flags, 1, block.toByteArray());
    return this;
  }

  Http2Client data(byte[] bytes, boolean last) throws IOException {
    send(DATA, last ? END_STREAM : 0, 1, bytes);
    return this;
  }

  /** Returns the status of the response; 0 if the server ended the stream without one. */
  int status() throws IOException {
    while (status == 0 && !ended) {
      readFrame();
    }
    return status;
  }

  /** Returns the next bytes of the response, at least this many unless it ends before. */
  byte[] bytes(int count) throws IOException {
    while (received.size() < count && !ended) {
      readFrame();
    }
    return received.toByteArray();
  }

  private void readFrame() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    in.readInt();
    byte[] payload = in.readNBytes(length);
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          send(SETTINGS, ACK, 0, new byte[0]);
        }
      }
      case HEADERS -> {
        status = decode(payload);
        ended = (flags & END_STREAM) != 0;
      }
      case DATA -> {
        received.writeBytes(payload);
        ended = (flags & END_STREAM) != 0;
      }
      case RST_STREAM, GOAWAY -> ended = true;
      default -> {
        // of flow control and for measuring
      }
    }
  }

  private int decode(byte[] block) {
    try {
      return ((MetaData.Response) decoder.decode(ByteBuffer.wrap(block))).getStatus();
    } catch (HpackException e) {
      throw new IllegalStateException(e);
    } catch (HttpException.RuntimeException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
