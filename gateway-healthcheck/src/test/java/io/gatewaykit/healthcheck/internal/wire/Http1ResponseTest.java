// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http1ResponseTest {
  private static final List<String> COMPLETE =
      List.of(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200\nContent-Length: 5\n\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=1\r\nhe\r\n3 \r\nllo\r\n0\r\nT: 1\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"
              + "HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello");

  private static Http1Response whole(String text, boolean ended) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return requireNonNull(Http1Response.read(bytes, bytes.length, ended, false), "incomplete");
  }

  /** The segmentation of a response by the network must not matter. */
  @DisplayName("T84, T85: a response split anywhere is parsed only when complete")
  @Test
  void response_splitAnywhere_isParsedOnlyWhenComplete() {
    for (String text : COMPLETE) {
      byte[] bytes = text.getBytes(ISO_8859_1);
      for (int length = 0; length < bytes.length; length++) {
        assertThat(Http1Response.read(bytes, length, false, false))
            .as("%s %s", length, text)
            .isNull();
        Http1Response cut =
            requireNonNull(Http1Response.read(bytes, length, true, false), "incomplete");
        assertThat(cut.problem()).startsWith("closed ");
      }
      Http1Response answer = whole(text, false);
      assertThat(answer.problem()).isNull();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(new String(answer.body(), ISO_8859_1)).isEqualTo("hello");
      assertThat(answer.reusable()).isTrue();
    }
  }

  @DisplayName("T85: garbage is reported immediately")
  @ParameterizedTest
  @CsvSource({
    "'SSH-2.0-OpenSSH\r\n', response is not HTTP/1.x",
    "'HTTP/1.1 2000 OK\r\n\r\n', response is not HTTP/1.x",
    "'HTTP/1.1 600 OK\r\n\r\n', response is not HTTP/1.x",
    "'HTTP/2 200\r\n\r\n', response is not HTTP/1.x",
    "'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', invalid Content-Length",
    "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', " + "invalid chunk size"
  })
  void garbage_isReportedImmediately(String text, String problem) {
    Http1Response answer = whole(text, false);
    assertThat(answer.problem()).isEqualTo(problem);
    assertThat(answer.reusable()).isFalse();
  }

  @Test
  void connection_isReusableOnlyIfTheEndOfTheResponseIsExplicit() {
    assertThat(whole("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false).reusable()).isFalse();
    assertThat(
            whole("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", false)
                .reusable())
        .isTrue();
    assertThat(
            whole("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false)
                .reusable())
        .isFalse();
    assertThat(whole("HTTP/1.1 200 OK\r\n\r\nhello", true).reusable()).isFalse();
    assertThat(whole("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxx", false).reusable()).isFalse();
  }

  @DisplayName("T84, T85: a long head is rejected, a long body is truncated")
  @Test
  void longHead_isRejected_longBodyIsTruncated() {
    String head = "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(11_000);
    assertThat(whole(head, false).problem()).isEqualTo("response head exceeds 64 KB");
    String body = "x".repeat(Http1Response.MAX_BODY);
    Http1Response cut = whole("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + body, false);
    assertThat(cut.body()).hasSize(Http1Response.MAX_BODY);
    assertThat(cut.reusable()).isFalse();
  }

  /** For seeded noise, the parser completes or requires more input, but never throws. */
  @Test
  void noise_neverThrows_andAlwaysHasAResultAtItsEnd() {
    var random = new Random(20260715);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = COMPLETE.get(random.nextInt(COMPLETE.size())).getBytes(ISO_8859_1);
      for (int changes = random.nextInt(6); changes > 0; changes--) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(3)) {
          case 0 -> bytes[at] = (byte) random.nextInt();
          case 1 -> bytes[at] = (byte) "\r\n:; 0f".charAt(random.nextInt(7));
          default -> bytes = Arrays.copyOf(bytes, at + 1);
        }
      }
      int length = random.nextInt(bytes.length + 1);
      Http1Response early = Http1Response.read(bytes, length, false, false);
      assertThat(Http1Response.read(bytes, length, true, random.nextBoolean())).isNotNull();
      assertThat(early == null || early.problem() != null || early.status() >= 100).isTrue();
    }
  }
}
