// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The client side of an HTTP/2 connection (RFC 9113), reduced to what probes need. It sends the
 * minimum that the protocol requires, disables server push, acknowledges settings and pings, and
 * replenishes flow-control windows.
 */
final class Http2Link {
  /** Receives the frames of streams. A result other than null completes the probe. */
  interface Handler {
    /** Called with the headers or trailers of a stream. */
    @Nullable ProbeOutcome onHeaders(int stream, List<Hpack.Field> fields, boolean last);

    /** Called with a chunk of the body of a stream. */
    @Nullable ProbeOutcome onData(int stream, byte[] content, boolean last);

    /** Called when the peer reset a stream. */
    @Nullable ProbeOutcome onReset(int stream, int error);
  }

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] NO_PUSH = {0, 2, 0, 0, 0, 0}; // ENABLE_PUSH (2) = 0
  private static final byte[] NOTHING = new byte[0];
  private static final int FRAME_HEAD = 9;
  private static final int MAX_FRAME = 16_384;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;

  private static final int ACK = 0x1;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;

  private final Hpack hpack = new Hpack();
  private int lastStream = -1; // client streams have odd numbers
  private boolean leaving;
  private ByteArrayOutputStream block = new ByteArrayOutputStream();
  private boolean blockEndsStream;

  /** Opens a stream with a request. Returns its id. */
  int open(byte[] headers, byte @Nullable [] body, Outbox out) {
    if (lastStream < 0) {
      out.write(PREFACE);
      frame(out, SETTINGS, 0, 0, NO_PUSH);
    }
    lastStream += 2;
    int flags = body == null ? END_HEADERS | END_STREAM : END_HEADERS;
    frame(out, HEADERS, flags, lastStream, headers);
    if (body != null) {
      frame(out, DATA, END_STREAM, lastStream, body);
    }
    return lastStream;
  }

  /** Returns whether the peer accepts no further streams. */
  boolean isGoingAway() {
    return leaving;
  }

  /**
   * Writes a literal with a new name, without indexing: it does not change the peer's dynamic
   * table.
   */
  static void literal(Outbox out, String name, String value) {
    out.write(0);
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      length(out, bytes.length);
      out.write(bytes);
    }
  }

  /** Writes an integer with a prefix of seven bits (RFC 7541, section 5.1). */
  private static void length(Outbox out, int length) {
    out.write(Math.min(127, length));
    int rest = length - 127;
    while (rest >= 128) {
      out.write(rest & 0x7f | 0x80);
      rest >>= 7;
    }
    if (rest >= 0) {
      out.write(rest);
    }
  }

  private static void frame(Outbox out, int type, int flags, int streamId, byte[] payload) {
    out.write(payload.length >> 16);
    out.write(payload.length >> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    number(out, streamId);
    out.write(payload);
  }

  private static void number(Outbox out, int number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.write(number >> shift);
    }
  }

  /** Processes all complete frames; stops at the first one that completes the probe. */
  @Nullable ProbeOutcome receive(Inbox in, Outbox out, Handler handler) {
    while (in.available() >= FRAME_HEAD) {
      var head = ByteBuffer.wrap(in.bytes, in.from, FRAME_HEAD);
      int lengthAndType = head.getInt();
      int length = lengthAndType >>> 8;
      int flags = head.get();
      int id = head.getInt() & Integer.MAX_VALUE;
      if (length > MAX_FRAME) {
        return notHttp2();
      }
      if (in.available() < FRAME_HEAD + length) {
        break;
      }
      int from = in.from + FRAME_HEAD;
      in.from = from + length;
      byte[] payload = Arrays.copyOfRange(in.bytes, from, in.from);
      ProbeOutcome outcome = take(lengthAndType & 0xff, flags, id, payload, out, handler);
      if (outcome != null) {
        return outcome;
      }
    }
    return in.ended ? ProbeOutcome.failed(Cause.RESET, "closed without a response") : null;
  }

  private static ProbeOutcome notHttp2() {
    return ProbeOutcome.failed(Cause.PROTOCOL, "response is not HTTP/2");
  }

  private @Nullable ProbeOutcome take(
      int type, int flags, int id, byte[] payload, Outbox out, Handler handler) {
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          frame(out, SETTINGS, ACK, 0, NOTHING);
        }
      }
      case PING -> {
        if ((flags & ACK) == 0) {
          frame(out, PING, ACK, 0, payload);
        }
      }
      case GOAWAY -> {
        return goAway(payload);
      }
      case RST_STREAM -> {
        return payload.length == 4 ? handler.onReset(id, ByteBuffer.wrap(payload).getInt()) : null;
      }
      case DATA -> {
        return data(flags, id, payload, out, handler);
      }
      case HEADERS, CONTINUATION -> {
        return headers(type, flags, id, payload, handler);
      }
      default -> {} // other frames, including unknown ones, are irrelevant for a probe
    }
    return null;
  }

  /** A graceful GOAWAY gives no information about the server's health. */
  private @Nullable ProbeOutcome goAway(byte[] payload) {
    if (payload.length < 8) {
      return notHttp2();
    }
    var fields = ByteBuffer.wrap(payload);
    int last = fields.getInt() & Integer.MAX_VALUE;
    int error = fields.getInt();
    leaving = true;
    if (error != 0) {
      return ProbeOutcome.failed(Cause.PROTOCOL, "GOAWAY with error " + error);
    }
    return last < lastStream ? ProbeOutcome.RECONNECT : null;
  }

  private @Nullable ProbeOutcome data(
      int flags, int id, byte[] payload, Outbox out, Handler handler) {
    boolean last = (flags & END_STREAM) != 0;
    if (payload.length > 0) {
      openWindow(out, 0, payload.length);
      if (!last) {
        openWindow(out, id, payload.length);
      }
    }
    byte[] content = unpadded(flags, payload, 0);
    return content == null
        ? ProbeOutcome.failed(Cause.PROTOCOL, "malformed message")
        : handler.onData(id, content, last);
  }

  private static void openWindow(Outbox out, int id, int by) {
    frame(out, WINDOW_UPDATE, 0, id, ByteBuffer.allocate(4).putInt(by).array());
  }

  private @Nullable ProbeOutcome headers(
      int type, int flags, int id, byte[] payload, Handler handler) {
    byte[] fragment = payload;
    if (type == HEADERS) {
      block = new ByteArrayOutputStream();
      blockEndsStream = (flags & END_STREAM) != 0;
      fragment = unpadded(flags, payload, (flags & PRIORITY) == 0 ? 0 : 5);
    }
    if (fragment == null || block.size() + fragment.length > Http1Response.MAX_HEAD) {
      return malformedHeaders();
    }
    block.writeBytes(fragment);
    if ((flags & END_HEADERS) == 0) {
      return null;
    }
    byte[] whole = block.toByteArray();
    block = new ByteArrayOutputStream(0);
    try {
      return handler.onHeaders(id, hpack.read(whole), blockEndsStream);
    } catch (Hpack.MalformedException e) {
      return malformedHeaders();
    }
  }

  private static ProbeOutcome malformedHeaders() {
    return ProbeOutcome.failed(Cause.PROTOCOL, "malformed headers");
  }

  /** Returns the payload without padding and priority; null if it is too short. */
  private static byte @Nullable [] unpadded(int flags, byte[] payload, int skip) {
    boolean padded = (flags & PADDED) != 0 && payload.length > 0;
    int from = skip + (padded ? 1 : 0);
    int to = payload.length - (padded ? payload[0] & 0xff : 0);
    return from <= to ? Arrays.copyOfRange(payload, from, to) : null;
  }
}
