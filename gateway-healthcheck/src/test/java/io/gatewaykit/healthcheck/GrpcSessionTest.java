package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.healthcheck.Session.Ending;
import io.gatewaykit.healthcheck.Session.Inbox;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcSessionTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final String SETTINGS = "000000040000000000";
  private static final String STATUS_200 = "00000101040000000188";
  // "grpc-status: <digit>" as a literal, in a frame that ends the stream
  private static final String TRAILERS = "00000f010500000001000b677270632d73746174757301";

  private final GrpcSession session = new GrpcSession("", "health.test", false);
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  GrpcSessionTest() {
    session.begin(sent);
  }

  private static @Nullable Ending give(Session session, byte[] bytes, boolean ended) {
    var in = new Inbox();
    in.bytes = bytes;
    in.to = bytes.length;
    in.ended = ended;
    return session.receive(in, new ByteArrayOutputStream());
  }

  private Ending answer(String hex) {
    return requireNonNull(give(session, HEX.parseHex(hex.replace(" ", "")), true), "no end");
  }

  @Test
  void begin_sendsPrefaceSettingsHeadersAndTheEmptyRequest() {
    String text = HEX.formatHex(sent.toByteArray());
    assertThat(text)
        .startsWith("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00000604000000000000020000")
        .endsWith("0000050001000000010000000000");
  }

  @ParameterizedTest
  @CsvSource({
    SETTINGS + STATUS_200 + "000007000000000001 00000000020801" + TRAILERS + "30, SUCCESS, SERVING",
    STATUS_200 + "000007000000000001 00000000020802" + TRAILERS + "30, HTTP_FAILURE, NOT_SERVING",
    STATUS_200 + "000005000000000001 0000000000" + TRAILERS + "30, HTTP_FAILURE, UNKNOWN",
    STATUS_200 + TRAILERS + "35, HTTP_FAILURE, gRPC status 5",
    STATUS_200
        + "000007000000000001 01000000020801"
        + TRAILERS
        + "30, HTTP_FAILURE, answered with a malformed message",
    STATUS_200 + "000007000100000001 00000000020801, HTTP_FAILURE, answered without grpc-status",
    "000001010500000001 8d, HTTP_FAILURE, HTTP status 404",
    "000004030000000001 00000007, HTTP_FAILURE, reset the stream",
    "000008070000000000 00000000 00000002, HTTP_FAILURE, went away with error 2",
    "000008070000000000 00000000 00000000, SUCCESS, asked to reconnect",
    "485454502f312e31 20343030, HTTP_FAILURE, answered what is not HTTP/2",
    "'', TCP_FAILURE, closed without an answer"
  })
  void answers_leadToTheirOwnCauses(String hex, Report report, String detail) {
    Ending ending = answer(hex);
    assertThat(ending.detail()).isEqualTo(detail);
    assertThat(ending.report()).isEqualTo(report);
  }

  @Test
  void answer_cutAnywhere_isTheSame() {
    byte[] bytes =
        HEX.parseHex(SETTINGS + STATUS_200 + "00000700000000000100000000020801" + TRAILERS + "30");
    for (int cut = 0; cut < bytes.length; cut++) {
      var whole = new GrpcSession("", "health.test", false);
      whole.begin(new ByteArrayOutputStream());
      var in = new Inbox();
      in.bytes = bytes;
      in.to = cut;
      assertThat(whole.receive(in, new ByteArrayOutputStream())).isNull();
      in.to = bytes.length;
      Ending ending = requireNonNull(whole.receive(in, new ByteArrayOutputStream()), "no end");
      assertThat(ending.detail()).isEqualTo("SERVING");
      assertThat(ending.reusable()).isTrue();
    }
  }

  @Test
  void noise_alwaysEndsWithAnAnswer_neverWithAnException() {
    var random = new Random(9113);
    byte[] good =
        HEX.parseHex(SETTINGS + STATUS_200 + "00000700000000000100000000020801" + TRAILERS + "30");
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = good.clone();
      for (int changes = 1 + random.nextInt(5); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      var fresh = new GrpcSession("", "health.test", false);
      fresh.begin(new ByteArrayOutputStream());
      assertThat(give(fresh, bytes, true)).isNotNull();
    }
  }
}
