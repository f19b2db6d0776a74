// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.Adler32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies whose labels and first bytes suggest another content, and honest ones of each kind. */
class BodyLabelEvasionTest {
  private static final String ATTACK = "1' union select password,2 from users-- ";
  private static final String RELATED = "multipart/related; boundary=A";
  private final Waf waf = Waf.builder().build();

  private List<RuleHit> hits(byte[] body, String... headers) {
    return waf.inspect(WafRequest.of("POST", "/x", Headers.of(headers), body)).hits();
  }

  private List<RuleHit> hits(String type, byte[] body) {
    return type.isEmpty() ? hits(body) : hits(body, "Content-Type", type);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static byte[] noise(String start, int length) {
    byte[] noise = new byte[length];
    new Random(1).nextBytes(noise);
    byte[] first = bytes(start);
    System.arraycopy(first, 0, noise, 0, first.length);
    return noise;
  }

  private static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }

  private static byte[] part(String header, byte[] content) {
    return join(bytes("--A\r\n" + header + "\r\n\r\n"), content, bytes("\r\n"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RIFF \u00e9 " + ATTACK,
        "BZh caf\u00e9 " + ATTACK,
        "FORM\u00e9=1&q=" + ATTACK,
        "ID3=\u00e9&q=1'+union+select+password,2+from+users--+",
        "MZ \u00e9' or 1=1 -- ",
      })
  void textThatStartsLikeMedia_isInspected(String text) {
    for (String type : List.of("", "text/plain", "text/plain; charset=utf-8")) {
      assertThat(hits(type, text.getBytes(UTF_8))).as(type).isNotEmpty();
      assertThat(hits(type, bytes(text))).as(type).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0089PNG\r\n\u001a\n", "\u00ff\u00d8\u00ff", "PK\u0003\u0004"})
  void textBehindTheSignatureOfAFile_isInspected(String signature) {
    for (String type : List.of("", "text/plain")) {
      assertThat(hits(type, bytes(signature + ATTACK))).as(type).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0089PNG\r\n\u001a\n", "ID3\3\0\0", "BZh91AY&SY", "RIFF", "PK\3\4"})
  void file_withoutAType_passes(String signature) {
    assertThat(hits("", noise(signature, 200_000))).isEmpty();
    assertThat(hits("text/plain", noise(signature, 200_000))).isEmpty();
  }

  @Test
  void officeDocument_isNotAForm() {
    String office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    assertThat(hits(office, noise("PK\3\4\24\0\6\0\b\0", 3 << 20))).isEmpty();
  }

  @Test
  void jsonOfAPlatform_isNotAForm() {
    String json = "[" + "\"hello world this is it\",".repeat(120_000) + "1]";

    assertThat(hits("application/vnd.acme.platform.v1+json", bytes(json))).isEmpty();
  }

  @Test
  void partsWithoutNames_doNotCountAsAForm() {
    byte[] body =
        join(
            part("Content-Type: application/json", bytes("{\"name\":\"x.jpg\"}")),
            part("Content-Type: image/jpeg", noise("\u00ff\u00d8\u00ff\u00e0", 3 << 20)),
            bytes("--A--\r\n"));

    assertThat(hits(RELATED, body)).isEmpty();
  }

  @Test
  void base64_inAPartWithoutAName_isDecoded() {
    String encoded = "\r\nContent-Transfer-Encoding: base64";
    byte[] image = Base64.getMimeEncoder().encode(noise("\u00ff\u00d8\u00ff\u00e0", 50_000));
    byte[] upload =
        join(
            part("Content-Type: application/json", bytes("{\"name\":\"x.jpg\"}")),
            part("Content-Type: image/jpeg" + encoded, image),
            bytes("--A--\r\n"));
    assertThat(hits(RELATED, upload)).isEmpty();

    byte[] json = bytes("{\"q\":\"1' \\u0075nion \\u0073elect password from users-- \"}");
    for (byte[] content : List.of(Base64.getEncoder().encode(json), json)) {
      byte[] body =
          join(part("Content-Type: application/json" + encoded, content), bytes("--A--\r\n"));
      assertThat(hits(RELATED, body)).isNotEmpty();
    }
  }

  @Test
  void base64_inAField_isADefect() {
    byte[] content = Base64.getEncoder().encode(bytes("tea"));
    String first = "Content-Transfer-Encoding: base64\r\n";
    byte[] body =
        join(part(first + "Content-Disposition: x; name=\"q\"", content), bytes("--A--\r\n"));

    for (String type : List.of(RELATED, "multipart/form-data; boundary=A")) {
      assertThat(hits(type, body)).extracting(RuleHit::rule).contains("protocol-part-encoding");
    }
  }

  @Test
  void codingOfConnect_isReadFromItsOwnField() {
    byte[] frame = join(new byte[] {1, 0, 0, 0, 4}, new byte[] {11, 2, 3, 4});
    String[] json = {
      "Content-Type", "application/connect+json",
      "Connect-Content-Encoding", "br",
      "Grpc-Encoding", "gzip"
    };
    String[] grpc = {
      "Content-Type", "application/grpc",
      "Grpc-Encoding", "br",
      "Connect-Content-Encoding", "gzip"
    };
    String[] unlike = {"Content-Type", "application/grpc", "Grpc-Encoding", "gzip"};

    for (String[] headers : List.of(json, grpc, unlike)) {
      assertThat(hits(frame, headers)).extracting(RuleHit::rule).contains("protocol-body-coding");
    }
  }

  @Test
  void dataThatIsZlibAndRawDeflate_isInspectedInBothReadings() {
    byte[] body = polyglot(bytes("&q=" + ATTACK));

    assertThat(
            hits(
                body,
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Content-Encoding",
                "deflate"))
        .extracting(RuleHit::rule)
        .isNotEmpty()
        .allMatch(rule -> rule.startsWith("sql"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-7", "cp037", "utf-32", "IBM500", "x-any", "ISO-2022-JP"})
  void encodingOfXml_thatHidesText_isADefect(String encoding) {
    String xml = "<?xml version='1.0' " + " ".repeat(2_000) + "encoding = '" + encoding + "'?><a/>";

    for (String type : List.of("application/xml", "text/xml", "application/soap+xml")) {
      assertThat(hits(type, bytes(xml)))
          .extracting(RuleHit::rule)
          .containsExactly("protocol-body-malformed");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UTF-8", "utf-16", "ISO-8859-15", "windows-1252", "us-ascii", "Shift_JIS"})
  void encodingOfXml_inUse_passes(String encoding) {
    String xml = "<?xml version='1.0' encoding='" + encoding + "'?><a>tea</a>";

    assertThat(hits("application/xml", bytes(xml))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cp1252", "windows-1252", "ISO_8859-1", "iso8859-1", "latin1", "utf8"})
  void charset_byAnAlias_passes(String charset) {
    String form = "application/x-www-form-urlencoded; charset=";

    assertThat(hits(form + charset, bytes("q=tea"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cp037", "cp1026", "cp1047", "cp500", "ISO_2022-KR", "compound"})
  void charset_thatHidesText_isAHit(String charset) {
    String form = "application/x-www-form-urlencoded; charset=";

    assertThat(hits(form + charset, bytes("q=tea"))).isNotEmpty();
  }

  @Test
  void textThatIsAForm_isInspectedAsReceivedToo() {
    assertThat(hits("text/plain", bytes("a=1' union/*&b=*/select password from users-- ")))
        .isNotEmpty();
  }

  /** Returns raw deflate data with this text that is also zlib data with another content. */
  private static byte[] polyglot(byte[] text) {
    int first = 0x9C; // the length of a stored block, and the second byte of a zlib header
    byte[] start = new byte[first];
    Arrays.fill(start, (byte) 'A');
    start[0] = (byte) 0x9C;
    start[1] = 0;
    byte[] head = join(new byte[] {0x78}, lengths(first), start);
    // As zlib, the third byte starts a stored block, whose length is in the next two bytes.
    int block = 0xFF63;
    byte[] packed = deflate(text);
    byte[] filler = new byte[7 + block - head.length - packed.length - 5];
    Arrays.fill(filler, (byte) 'z');
    byte[] all = join(head, packed, new byte[] {1}, lengths(filler.length), filler);
    Adler32 sum = new Adler32();
    sum.update(all, 7, block);
    byte[] end = ByteBuffer.allocate(4).putInt((int) sum.getValue()).array();
    return join(all, new byte[] {1, 0, 0, -1, -1}, end);
  }

  private static byte[] lengths(int length) {
    return ByteBuffer.allocate(4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) length)
        .putShort((short) ~length)
        .array();
  }

  private static byte[] deflate(byte[] text) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(text);
    byte[] packed = new byte[1_000];
    int length = deflater.deflate(packed, 0, packed.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(packed, length);
  }
}
