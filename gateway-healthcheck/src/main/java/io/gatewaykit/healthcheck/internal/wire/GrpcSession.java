// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Queries the standard gRPC health service, {@code grpc.health.v1.Health}. With {@code Watch} the
 * server pushes changes; probes, which use {@code Check}, still verify that it responds. A server
 * that does not implement Watch is only polled. Pings would cost less, but servers treat frequent
 * pings as abuse.
 */
public final class GrpcSession implements Session, Http2Link.Handler {
  private static final int MAX_MESSAGE = 64 * 1_024;
  private static final int PREFIX = 5;
  private static final int SERVING = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int UNIMPLEMENTED = 12;

  private static final List<String> SERVING_STATUS =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");
  private static final List<String> GRPC_STATUS =
      List.of(
          "OK",
          "CANCELLED",
          "UNKNOWN",
          "INVALID_ARGUMENT",
          "DEADLINE_EXCEEDED",
          "NOT_FOUND",
          "ALREADY_EXISTS",
          "PERMISSION_DENIED",
          "RESOURCE_EXHAUSTED",
          "FAILED_PRECONDITION",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNIMPLEMENTED",
          "INTERNAL",
          "UNAVAILABLE",
          "DATA_LOSS",
          "UNAUTHENTICATED");

  private final String service;
  private final String authority;
  private final boolean secure;
  private final boolean unimplementedPasses;
  private final Http2Link link = new Http2Link();
  private boolean watch;

  // The state of the two possible streams; 0 is none.
  private int watchStream;
  private ByteArrayOutputStream watched = new ByteArrayOutputStream();
  private int checkStream;
  private ByteArrayOutputStream message = new ByteArrayOutputStream();
  private int httpStatus;
  private int grpcStatus;
  private boolean checkInstead;
  private boolean checking;

  /**
   * Creates the session.
   *
   * @param watch whether to subscribe to changes
   * @param unimplementedPasses whether a server without the health service passes
   */
  public GrpcSession(
      String service,
      String authority,
      boolean secure,
      boolean watch,
      boolean unimplementedPasses) {
    this.service = service;
    this.authority = authority;
    this.secure = secure;
    this.watch = watch;
    this.unimplementedPasses = unimplementedPasses;
  }

  @Override
  public boolean listens() {
    return watchStream != 0;
  }

  @Override
  public void begin(Outbox out) {
    checking = true;
    httpStatus = 0;
    grpcStatus = -1;
    if (watch && watchStream == 0) {
      watched = new ByteArrayOutputStream();
      watchStream = link.open(headers("Watch"), request(), out);
    } else {
      check(out);
    }
  }

  private void check(Outbox out) {
    message = new ByteArrayOutputStream();
    httpStatus = 0;
    grpcStatus = -1;
    checkStream = link.open(headers("Check"), request(), out);
  }

  private byte[] headers(String method) {
    var fields = new Outbox();
    fields.write(0x83); // :method: POST
    fields.write(secure ? 0x87 : 0x86); // :scheme
    Http2Link.literal(fields, ":path", "/grpc.health.v1.Health/" + method);
    Http2Link.literal(fields, ":authority", authority);
    Http2Link.literal(fields, "te", "trailers");
    Http2Link.literal(fields, "content-type", "application/grpc");
    return fields.toByteArray();
  }

  /** Encodes the request. Field 1, the service's name, is omitted if empty. */
  private byte[] request() {
    byte[] name = service.getBytes(UTF_8);
    int length = name.length == 0 ? 0 : name.length + 2;
    var bytes = ByteBuffer.allocate(PREFIX + length).put((byte) 0).putInt(length);
    if (length > 0) {
      bytes.put((byte) 0x0a).put((byte) name.length).put(name);
    }
    return bytes.array();
  }

  @Override
  public @Nullable ProbeOutcome receive(Inbox in, Outbox out) {
    ProbeOutcome outcome = link.receive(in, out, this);
    if (checkInstead) {
      checkInstead = false;
      check(out);
    }
    if (outcome == null && !checking && link.isGoingAway()) {
      return ProbeOutcome.RECONNECT; // the server accepts no more streams
    }
    checking &= outcome == null;
    return outcome;
  }

  @Override
  public @Nullable ProbeOutcome onHeaders(int stream, List<Hpack.Field> fields, boolean last) {
    boolean ours = stream == checkStream || stream == watchStream;
    if (!ours) {
      return null;
    }
    for (Hpack.Field field : fields) {
      if (field.name().equals(":status")) {
        httpStatus = number(field.value());
      } else if (field.name().equals("grpc-status")) {
        grpcStatus = number(field.value());
      }
    }
    return last ? ended(stream) : null;
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  @Override
  public @Nullable ProbeOutcome onData(int stream, byte[] content, boolean last) {
    if (stream == watchStream) {
      ProbeOutcome outcome = parseWatch(content);
      return outcome == null && last ? ended(stream) : outcome;
    }
    if (stream != checkStream) {
      return null;
    }
    if (message.size() + content.length > MAX_MESSAGE) {
      return malformed();
    }
    message.writeBytes(content);
    return last ? ended(stream) : null;
  }

  /** Evaluates messages of the watch stream; the last one counts. */
  private @Nullable ProbeOutcome parseWatch(byte[] content) {
    watched.writeBytes(content);
    ProbeOutcome outcome = null;
    byte[] bytes = watched.toByteArray();
    int from = 0;
    while (bytes.length - from >= PREFIX) {
      int length = ByteBuffer.wrap(bytes, from + 1, 4).getInt();
      if (bytes[from] != 0 || length < 0 || length > MAX_MESSAGE) {
        return malformed();
      }
      if (bytes.length - from < PREFIX + length) {
        break;
      }
      outcome = serving(bytes, from + PREFIX, length);
      from += PREFIX + length;
    }
    watched = new ByteArrayOutputStream();
    watched.write(bytes, from, bytes.length - from);
    return outcome;
  }

  @Override
  public @Nullable ProbeOutcome onReset(int stream, int error) {
    if (stream != checkStream && stream != watchStream) {
      return null;
    }
    if (stream == watchStream) {
      watchStream = 0;
    }
    return error == REFUSED_STREAM
        ? ProbeOutcome.RECONNECT
        : ProbeOutcome.failed(Cause.RESET, "stream reset with error " + error);
  }

  private @Nullable ProbeOutcome ended(int stream) {
    if (stream == watchStream) {
      watchStream = 0;
      if (grpcStatus == UNIMPLEMENTED) {
        watch = false;
        checkInstead = true;
        return null;
      }
    }
    if (httpStatus != 200) {
      return new ProbeOutcome(Cause.STATUS, httpStatus, "HTTP status " + httpStatus, false);
    }
    if (grpcStatus < 0) {
      return ProbeOutcome.failed(Cause.PROTOCOL, "response has no grpc-status");
    }
    if (grpcStatus != 0) {
      String name = grpcStatus < GRPC_STATUS.size() ? GRPC_STATUS.get(grpcStatus) : "unknown";
      boolean passes = grpcStatus == UNIMPLEMENTED && unimplementedPasses;
      return new ProbeOutcome(
          passes ? Cause.PASSED : Cause.STATUS,
          grpcStatus,
          "gRPC status " + grpcStatus + " (" + name + ")",
          !link.isGoingAway());
    }
    byte[] response = message.toByteArray();
    if (response.length < PREFIX
        || response[0] != 0 // compressed, although no compression was offered
        || ByteBuffer.wrap(response, 1, 4).getInt() != response.length - PREFIX) {
      return malformed();
    }
    return serving(response, PREFIX, response.length - PREFIX);
  }

  private static ProbeOutcome malformed() {
    return ProbeOutcome.failed(Cause.PROTOCOL, "malformed message");
  }

  /** Evaluates field 1 of the response, which is 0 if absent. */
  private ProbeOutcome serving(byte[] bytes, int from, int length) {
    int status = length == 0 ? 0 : length == 2 && bytes[from] == 0x08 ? bytes[from + 1] : -1;
    if (status < 0 || status >= SERVING_STATUS.size()) {
      return malformed();
    }
    Cause cause = status == SERVING ? Cause.PASSED : Cause.STATUS;
    return new ProbeOutcome(cause, 0, SERVING_STATUS.get(status), !link.isGoingAway());
  }
}
