// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Multipart bodies that servers read differently, and the cost of unusual headers of parts. */
class MultipartEvasionTest {
  private static final String ATTACK = "1' union select password,2 from users-- ";
  private static final String FIELD = "Content-Disposition: form-data; name=\"q\"";
  private final Waf waf = Waf.builder().build();

  private WafResult inspect(String contentType, String body) {
    Headers headers = Headers.of("Content-Type", contentType);
    return waf.inspect(WafRequest.of("POST", "/x", headers, body.getBytes(ISO_8859_1)));
  }

  private static String part(String boundary, String header, String content) {
    return "--" + boundary + "\r\n" + header + "\r\n\r\n" + content + "\r\n";
  }

  private static String body(String boundary, String header, String content) {
    return part(boundary, header, content) + "--" + boundary + "--\r\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "boundary=A; boundary*=utf-8''B",
        "boundary=A; boundary*0=B",
        "boundary=A; Boundary*0*=utf-8''B",
        "boundary=A; boundary *=utf-8''B",
        "boundary=A; boundary*0 =B",
        "xboundary=B; boundary=A",
        "boundary=A; x=\"; boundary=B\"",
      })
  void secondBoundary_inAnySpelling_isADefect(String parameters) {
    String inner = body("B", FIELD, ATTACK);
    String outer = body("A", FIELD.replace("\"q\"", "\"f\"; filename=\"a.txt\""), inner);

    assertThat(inspect("multipart/form-data; " + parameters, outer).hits())
        .extracting(RuleHit::rule)
        .contains("protocol-body-malformed");
  }

  @Test
  void boundaryWithAComma_withoutQuotes_isADefect() {
    String inner = body("A", FIELD, ATTACK);
    String outer = body("A,B", FIELD.replace("\"q\"", "\"f\"; filename=\"a.txt\""), inner);

    assertThat(inspect("multipart/form-data; boundary=A,B", outer).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; boundary=----WebKitFormBoundaryAbC123",
        "multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundaryAbC123",
        "multipart/form-data; boundary=\"----WebKitFormBoundaryAbC123\"",
        "multipart/mixed; boundary=----WebKitFormBoundaryAbC123",
      })
  void boundaryThatContainsTheWord_passes(String type) {
    String body = body("----WebKitFormBoundaryAbC123", FIELD, "tea");

    assertThat(inspect(type, body).hits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/mixed; boundary=A",
        "multipart/related; boundary=A",
        "multipart/x-anything; boundary=A",
        "multipart/form-data x; boundary=A",
        "multipart/form-data,x; boundary=A",
      })
  void partWithAName_isAFieldInAnyKindOfMultipart(String type) {
    String body = body("A", FIELD + "\r\nContent-Type: text/css", ATTACK);

    assertThat(inspect(type, body).blocked()).isTrue();
  }

  @Test
  void malformedType_isADefect() {
    assertThat(inspect("multipart/form-data x; boundary=A", body("A", FIELD, "tea")).blocked())
        .isTrue();
  }

  @Test
  void semicolonsInAFileName_areReadInLinearTime() {
    String name = "a" + ";".repeat(15_000) + "A";
    String file = FIELD.replace("\"q\"", "\"q\"; filename=\"" + name + "\"");
    String body = part("A", file, "x").repeat(60) + "--A--\r\n";

    WafResult result = inspect("multipart/form-data; boundary=A", body);

    assertThat(result.hits()).extracting(RuleHit::rule).contains("protocol-body-malformed");
  }

  @Test
  void headersOfParts_countAgainstTheBoundOfForms() {
    String header = "X-Note: " + "a".repeat(4_000);
    String body = part("A", FIELD + "\r\n" + header, "x").repeat(600) + "--A--\r\n";

    assertThat(inspect("multipart/form-data; boundary=A", body).hits())
        .extracting(RuleHit::rule)
        .contains("protocol-body-oversize");
  }

  @Test
  void messagesInParts_areNotReadAsFrames() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(ATTACK.repeat(2).getBytes(ISO_8859_1));
    }
    String frame =
        "\u0001\0\0\0" + (char) packed.size() + new String(packed.toByteArray(), ISO_8859_1);
    String part = part("A", "Content-Type: application/grpc", frame);
    Headers headers =
        Headers.of("Content-Type", "multipart/mixed; boundary=A", "Grpc-Encoding", "gzip");
    byte[] body = (part + "--A--\r\n").getBytes(ISO_8859_1);

    // Frames exist only in the stream of a whole body, so memory is not reserved for each part.
    assertThat(waf.inspect(WafRequest.of("POST", "/x", headers, body)).blocked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "; x='; filename=a.txt; y='",
        "; x=y\"; filename=\"a.txt\"",
        "; x\"; filename=\"a.txt\"",
        "; \"; filename=\"a.txt\"",
        "; filename=\"a.txt\"; x'",
      })
  void quoteOutsideAQuotedValue_isADefect(String parameters) {
    String body = body("A", FIELD + parameters + "\r\nContent-Type: text/css", ATTACK);

    assertThat(inspect("multipart/form-data; boundary=A", body).hits())
        .extracting(RuleHit::rule)
        .contains("protocol-body-malformed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "; filename=\"it's a note.txt\"",
        "; filename=\"a.txt\"; filename*=utf-8''a.txt",
        "; filename=a.txt",
        ";",
        "; filename=\"a.txt\"; size=12",
      })
  void ordinaryParameters_pass(String parameters) {
    String body = body("A", FIELD + parameters, "tea");

    assertThat(inspect("multipart/form-data; boundary=A", body).hits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1' =75nion select user,password fro=6D users-- ",
        "1' uni=\r\non sel=  \r\nect user,password from users-- ",
        "1' union=20select=20user,password=20from=\nusers-- =3",
      })
  void quotedPrintable_outsideAForm_isDecoded(String encoded) {
    String header = "Content-Type: text/plain\r\nContent-Transfer-Encoding: Quoted-Printable";

    assertThat(inspect("multipart/mixed; boundary=A", body("A", header, encoded)).hits())
        .extracting(RuleHit::rule)
        .contains("sqli-union-select");
    assertThat(inspect("multipart/mixed; boundary=A", body("A", header, "a=3Db, caf=C3=A9")).hits())
        .isEmpty();
  }

  @Test
  void quotedPrintable_inAForm_isADefect() {
    String header = FIELD + "\r\nContent-Transfer-Encoding: quoted-printable";

    assertThat(inspect("multipart/form-data; boundary=A", body("A", header, "=41")).hits())
        .extracting(RuleHit::rule)
        .contains("protocol-part-encoding");
  }
}
