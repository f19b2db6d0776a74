package io.gatewaykit.healthcheck;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls {@code grpc.health.v1.Health/Check} over HTTP/2 (RFC 9113), one stream a probe. It says as
 * little as the protocol allows, asks for no pushes, and answers settings and pings.
 */
final class GrpcSession implements Session {
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final int FRAME_HEAD = 9;
  private static final int MAX_FRAME = 16_384;
  private static final int MAX_MESSAGE = 64 * 1_024;

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

  private static final List<String> SERVING_STATUS =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");

  private final String service;
  private final String authority;
  private final boolean secure;
  private final Hpack hpack = new Hpack();
  private int stream = -1; // the last one opened; ours are odd
  private boolean leaving;

  // Of the probe under way.
  private ByteArrayOutputStream message = new ByteArrayOutputStream();
  private ByteArrayOutputStream block = new ByteArrayOutputStream();
  private boolean blockEndsStream;
  private int httpStatus;
  private int grpcStatus = -1;

  GrpcSession(String service, String authority, boolean secure) {
    this.service = service;
    this.authority = authority;
    this.secure = secure;
  }

  @Override
  public void begin(ByteArrayOutputStream out) {
    if (stream < 0) {
      out.writeBytes(PREFACE);
      // ENABLE_PUSH (2) = 0
      frame(out, SETTINGS, 0, 0, new byte[] {0, 2, 0, 0, 0, 0});
    }
    stream += 2;
    message = new ByteArrayOutputStream();
    httpStatus = 0;
    grpcStatus = -1;
    frame(out, HEADERS, END_HEADERS, stream, requestHeaders());
    frame(out, DATA, END_STREAM, stream, requestMessage());
  }

  private byte[] requestHeaders() {
    var fields = new ByteArrayOutputStream();
    fields.write(0x83); // :method: POST
    fields.write(secure ? 0x87 : 0x86); // :scheme
    literal(fields, ":path", "/grpc.health.v1.Health/Check");
    literal(fields, ":authority", authority);
    literal(fields, "te", "trailers");
    literal(fields, "content-type", "application/grpc");
    return fields.toByteArray();
  }

  /** A literal without indexing, new name: leaves no trace in the other side's table. */
  private static void literal(ByteArrayOutputStream out, String name, String value) {
    out.write(0);
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      length(out, bytes.length);
      out.writeBytes(bytes);
    }
  }

  /** An integer with a prefix of seven bits (RFC 7541, section 5.1). */
  private static void length(ByteArrayOutputStream out, int length) {
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

  private byte[] requestMessage() {
    byte[] name = service.getBytes(UTF_8);
    int length = name.length == 0 ? 0 : name.length + 2;
    var bytes = ByteBuffer.allocate(5 + length).put((byte) 0).putInt(length);
    if (length > 0) {
      bytes.put((byte) 0x0a).put((byte) name.length).put(name);
    }
    return bytes.array();
  }

  private static void frame(
      ByteArrayOutputStream out, int type, int flags, int streamId, byte[] payload) {
    byte[] head =
        ByteBuffer.allocate(FRAME_HEAD)
            .putInt(payload.length << 8 | type)
            .put((byte) flags)
            .putInt(streamId)
            .array();
    out.writeBytes(head);
    out.writeBytes(payload);
  }

  @Override
  public @Nullable Ending receive(Inbox in, ByteArrayOutputStream out) {
    while (in.available() >= FRAME_HEAD) {
      var head = ByteBuffer.wrap(in.bytes, in.from, FRAME_HEAD);
      int lengthAndType = head.getInt();
      int length = lengthAndType >>> 8;
      int flags = head.get();
      int id = head.getInt() & Integer.MAX_VALUE;
      if (length > MAX_FRAME) {
        return Ending.failed(Report.HTTP_FAILURE, "answered what is not HTTP/2");
      }
      if (in.available() < FRAME_HEAD + length) {
        break;
      }
      int from = in.from + FRAME_HEAD;
      in.from = from + length;
      byte[] payload = Arrays.copyOfRange(in.bytes, from, in.from);
      Ending ending = take(lengthAndType & 0xff, flags, id, payload, out);
      if (ending != null) {
        return ending;
      }
    }
    return in.ended ? Ending.failed(Report.TCP_FAILURE, "closed without an answer") : null;
  }

  private @Nullable Ending take(
      int type, int flags, int id, byte[] payload, ByteArrayOutputStream out) {
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          frame(out, SETTINGS, ACK, 0, new byte[0]);
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
        if (id == stream) {
          return Ending.failed(Report.HTTP_FAILURE, "reset the stream");
        }
      }
      case DATA -> {
        return data(flags, id, payload, out);
      }
      case HEADERS, CONTINUATION -> {
        return headers(type, flags, id, payload);
      }
      default -> {} // others, also unknown ones, do not concern a probe
    }
    return null;
  }

  /** A server that leaves in peace says nothing of its health. */
  private @Nullable Ending goAway(byte[] payload) {
    if (payload.length < 8) {
      return Ending.failed(Report.HTTP_FAILURE, "answered what is not HTTP/2");
    }
    var fields = ByteBuffer.wrap(payload);
    int last = fields.getInt() & Integer.MAX_VALUE;
    int error = fields.getInt();
    leaving = true;
    if (error != 0) {
      return Ending.failed(Report.HTTP_FAILURE, "went away with error " + error);
    }
    return last < stream ? Ending.ASK_AGAIN : null;
  }

  private @Nullable Ending data(int flags, int id, byte[] payload, ByteArrayOutputStream out) {
    if (payload.length > 0) {
      frame(out, WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(payload.length).array());
    }
    if (id != stream) {
      return null;
    }
    byte[] content = unpadded(flags, payload, 0);
    if (content == null || message.size() + content.length > MAX_MESSAGE) {
      return Ending.failed(Report.HTTP_FAILURE, "answered with a malformed message");
    }
    message.writeBytes(content);
    return (flags & END_STREAM) == 0 ? null : judge();
  }

  private @Nullable Ending headers(int type, int flags, int id, byte[] payload) {
    byte[] fragment = payload;
    if (type == HEADERS) {
      block = new ByteArrayOutputStream();
      blockEndsStream = (flags & END_STREAM) != 0;
      fragment = unpadded(flags, payload, (flags & PRIORITY) == 0 ? 0 : 5);
    }
    if (fragment == null || block.size() + fragment.length > HttpAnswer.MAX_HEAD) {
      return Ending.failed(Report.HTTP_FAILURE, "answered with malformed headers");
    }
    block.writeBytes(fragment);
    if ((flags & END_HEADERS) == 0) {
      return null;
    }
    try {
      for (Hpack.Field field : hpack.read(block.toByteArray())) {
        note(field, id);
      }
    } catch (Hpack.MalformedException e) {
      return Ending.failed(Report.HTTP_FAILURE, "answered with malformed headers");
    }
    return blockEndsStream && id == stream ? judge() : null;
  }

  private void note(Hpack.Field field, int id) {
    if (id == stream && field.value().matches("[0-9]{1,3}")) {
      if (field.name().equals(":status")) {
        httpStatus = Integer.parseInt(field.value());
      } else if (field.name().equals("grpc-status")) {
        grpcStatus = Integer.parseInt(field.value());
      }
    }
  }

  /** The payload without padding and priority; null if it is shorter than they are. */
  private static byte @Nullable [] unpadded(int flags, byte[] payload, int skip) {
    boolean padded = (flags & PADDED) != 0 && payload.length > 0;
    int from = skip + (padded ? 1 : 0);
    int to = payload.length - (padded ? payload[0] & 0xff : 0);
    return from <= to ? Arrays.copyOfRange(payload, from, to) : null;
  }

  private Ending judge() {
    if (httpStatus != 200) {
      return new Ending(Report.HTTP_FAILURE, httpStatus, "HTTP status " + httpStatus, false);
    }
    if (grpcStatus < 0) {
      return Ending.failed(Report.HTTP_FAILURE, "answered without grpc-status");
    }
    if (grpcStatus != 0) {
      return new Ending(Report.HTTP_FAILURE, grpcStatus, "gRPC status " + grpcStatus, !leaving);
    }
    int serving = servingStatus(message.toByteArray());
    if (serving < 0) {
      return Ending.failed(Report.HTTP_FAILURE, "answered with a malformed message");
    }
    Report report = serving == 1 ? Report.SUCCESS : Report.HTTP_FAILURE;
    return new Ending(report, 0, SERVING_STATUS.get(serving), !leaving);
  }

  /** Field 1 of the answer, which is 0 if absent; -1 if the message is not one. */
  private static int servingStatus(byte[] message) {
    if (message.length < 5
        || message[0] != 0 // compressed, which was not asked for
        || ByteBuffer.wrap(message, 1, 4).getInt() != message.length - 5) {
      return -1;
    }
    if (message.length == 5) {
      return 0;
    }
    boolean known =
        message.length == 7
            && message[5] == 0x08
            && message[6] >= 0
            && message[6] < SERVING_STATUS.size();
    return known ? message[6] : -1;
  }
}
