// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends an HTTP/2 request per probe and checks the response in the same way as over HTTP/1.1. */
public final class Http2Session implements Session, Http2Link.Handler {
  private static final int REFUSED_STREAM = 7;

  private final byte[] headers;
  private final byte @Nullable [] body;
  private final HttpExpectation expectation;
  private final Http2Link link = new Http2Link();
  private int stream;
  private Response response = new Response();

  /**
   * Creates the session.
   *
   * @param headers the request's header block, encoded with HPACK
   * @param body the request's body; null for none
   */
  public Http2Session(byte[] headers, byte @Nullable [] body, HttpExpectation expectation) {
    this.headers = headers;
    this.body = body;
    this.expectation = expectation;
  }

  /**
   * Encodes the headers of a request.
   *
   * @param fields alternating names, in lower case, and values
   */
  public static byte[] headerBlock(
      String method, boolean secure, String authority, String path, List<String> fields) {
    var block = new Outbox();
    Http2Link.literal(block, ":method", method);
    block.write(secure ? 0x87 : 0x86); // :scheme
    Http2Link.literal(block, ":path", path);
    Http2Link.literal(block, ":authority", authority);
    for (int i = 0; i < fields.size(); i += 2) {
      Http2Link.literal(block, fields.get(i), fields.get(i + 1));
    }
    return block.toByteArray();
  }

  private static final class Response implements HttpResponse {
    private final List<Hpack.Field> fields = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream(0);
    private int status;

    @Override
    public int status() {
      return status;
    }

    @Override
    public @Nullable String problem() {
      return status < 100 || status > 599 ? "response has no status" : null;
    }

    @Override
    public byte[] body() {
      return content.toByteArray();
    }

    @Override
    public @Nullable String header(String name) {
      for (Hpack.Field field : fields) {
        if (field.name().equalsIgnoreCase(name)) {
          return field.value();
        }
      }
      return null;
    }
  }

  @Override
  public void begin(Outbox out) {
    response = new Response();
    stream = link.open(headers, body, out);
  }

  @Override
  public @Nullable ProbeOutcome receive(Inbox in, Outbox out) {
    return link.receive(in, out, this);
  }

  @Override
  public @Nullable ProbeOutcome onHeaders(int id, List<Hpack.Field> fields, boolean last) {
    if (id != stream) {
      return null;
    }
    for (Hpack.Field field : fields) {
      if (field.name().equals(":status") && field.value().matches("[2-5][0-9]{2}")) {
        response.status = Integer.parseInt(field.value()); // not 1xx: this is the final response
      }
    }
    response.fields.addAll(fields);
    return last ? ended() : null;
  }

  @Override
  public @Nullable ProbeOutcome onData(int id, byte[] content, boolean last) {
    if (id != stream) {
      return null;
    }
    int room = Http1Response.MAX_BODY - response.content.size();
    response.content.write(content, 0, Math.min(room, content.length));
    if (content.length > room) {
      return expectation.evaluate(response, false);
    }
    return last ? ended() : null;
  }

  private ProbeOutcome ended() {
    return expectation.evaluate(response, !link.isGoingAway());
  }

  @Override
  public @Nullable ProbeOutcome onReset(int id, int error) {
    if (id != stream) {
      return null;
    }
    return error == REFUSED_STREAM
        ? ProbeOutcome.RECONNECT
        : ProbeOutcome.failed(Cause.RESET, "stream reset with error " + error);
  }
}
