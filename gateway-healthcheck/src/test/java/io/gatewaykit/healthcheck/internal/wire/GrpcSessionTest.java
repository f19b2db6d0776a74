// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcSessionTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final String SETTINGS = "000000040000000000";
  private static final String STATUS_200 = "00000101040000000188";
  // "grpc-status: <digit>" as a literal, in a frame that ends the stream
  private static final String TRAILERS = "00000f010500000001000b677270632d73746174757301";

  private final GrpcSession session = new GrpcSession("", "health.test", false, false, false);
  private final Outbox sent = new Outbox();

  GrpcSessionTest() {
    session.begin(sent);
  }

  private static @Nullable ProbeOutcome give(Session session, byte[] bytes, boolean ended) {
    var in = new Inbox();
    in.bytes = bytes;
    in.to = bytes.length;
    in.ended = ended;
    return session.receive(in, new Outbox());
  }

  private ProbeOutcome answer(String hex) {
    return requireNonNull(give(session, HEX.parseHex(hex.replace(" ", "")), true), "no end");
  }

  @Test
  void begin_sendsPrefaceSettingsHeadersAndTheEmptyRequest() {
    String text = HEX.formatHex(sent.toByteArray());
    assertThat(text)
        .startsWith("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00000604000000000000020000")
        .endsWith("0000050001000000010000000000");
  }

  @DisplayName("T87: responses have their own causes")
  @ParameterizedTest
  @CsvSource({
    SETTINGS + STATUS_200 + "000007000000000001 00000000020801" + TRAILERS + "30, PASSED, SERVING",
    STATUS_200 + "000007000000000001 00000000020802" + TRAILERS + "30, STATUS, NOT_SERVING",
    STATUS_200 + "000005000000000001 0000000000" + TRAILERS + "30, STATUS, UNKNOWN",
    STATUS_200 + TRAILERS + "35, STATUS, gRPC status 5 (NOT_FOUND)",
    STATUS_200 + "000007000000000001 01000000020801" + TRAILERS + "30, PROTOCOL, malformed message",
    STATUS_200 + "000007000100000001 00000000020801, PROTOCOL, response has no grpc-status",
    "000001010500000001 8d, STATUS, HTTP status 404",
    "000004030000000001 00000007, PASSED, server requested a reconnect",
    "000008070000000000 00000000 00000002, PROTOCOL, GOAWAY with error 2",
    "000008070000000000 00000000 00000000, PASSED, server requested a reconnect",
    "485454502f312e31 20343030, PROTOCOL, response is not HTTP/2",
    "'', RESET, closed without a response"
  })
  void responses_haveTheirOwnCauses(String hex, Cause cause, String detail) {
    ProbeOutcome outcome = answer(hex);
    assertThat(outcome.detail()).isEqualTo(detail);
    assertThat(outcome.cause()).isEqualTo(cause);
  }

  @Test
  void response_splitAnywhere_isTheSame() {
    byte[] bytes =
        HEX.parseHex(SETTINGS + STATUS_200 + "00000700000000000100000000020801" + TRAILERS + "30");
    for (int cut = 0; cut < bytes.length; cut++) {
      var whole = new GrpcSession("", "health.test", false, false, false);
      whole.begin(new Outbox());
      var in = new Inbox();
      in.bytes = bytes;
      in.to = cut;
      assertThat(whole.receive(in, new Outbox())).isNull();
      in.to = bytes.length;
      ProbeOutcome outcome = requireNonNull(whole.receive(in, new Outbox()), "no end");
      assertThat(outcome.detail()).isEqualTo("SERVING");
      assertThat(outcome.reusable()).isTrue();
    }
  }

  @Test
  void noise_alwaysHasAnOutcome_neverAnException() {
    var random = new Random(9113);
    byte[] good =
        HEX.parseHex(SETTINGS + STATUS_200 + "00000700000000000100000000020801" + TRAILERS + "30");
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = good.clone();
      for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      var fresh = new GrpcSession("", "health.test", false, false, false);
      fresh.begin(new Outbox());
      assertThat(give(fresh, bytes, true)).isNotNull();
    }
  }
}
