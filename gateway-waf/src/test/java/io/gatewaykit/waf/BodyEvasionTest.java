// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks in bodies that aim to be split, skipped or misclassified by readers. */
class BodyEvasionTest {
  private static final String XML = "application/xml";
  private static final String MULTIPART = "multipart/form-data; boundary=b";
  private static final String FORM = "application/x-www-form-urlencoded";
  private final Waf waf = Waf.builder().build();

  private boolean blocks(String contentType, String body) {
    Headers headers =
        contentType.isEmpty() ? Headers.empty() : Headers.of("Content-Type", contentType);
    return waf.inspect(WafRequest.of("POST", "/x", headers, body.getBytes(ISO_8859_1))).blocked();
  }

  private static String field(String value) {
    return "--b\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n" + value + "\r\n--b--\r\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1' uni<![CDATA[on sel]]>ect pass<![CDATA[word from users-- ]]>",
        "1' uni<!-- -->on sel<!-- -->ect password fr<!-- -->om users-- ",
        "1' uni<?x y?>on sel<?x y?>ect password fr<?x y?>om users-- ",
        "<![CDATA[1' union]]><![CDATA[ select password from users-- ]]>",
        "&lt;scr<![CDATA[ipt>ale]]>rt(1)&lt;/script>",
        "\n <![CDATA[; cat /e]]>tc/pas<!-- -->swd\n",
      })
  void textOfAnElement_inPieces_isInspectedCompletely(String text) {
    assertThat(blocks(XML, "<a><b>" + text + "</b></a>")).isTrue();
  }

  /** Returns a body in gzip whose header has a name. */
  private static byte[] gzip(String name, String content) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(plain)) {
      gzip.write(content.getBytes(ISO_8859_1));
    }
    byte[] bytes = plain.toByteArray();
    bytes[3] = 8; // a name follows the header
    ByteArrayOutputStream named = new ByteArrayOutputStream();
    named.write(bytes, 0, 10);
    named.write((name + "\0").getBytes(ISO_8859_1));
    named.write(bytes, 10, bytes.length - 10);
    return named.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "&q=eval($_POST[1])&, true",
    "'{\"q\":\"eval($_POST[1])\"}', true",
    "form.txt, false",
    "report 2026-11 (final).json, false"
  })
  void nameInAGzipHeader_isInspected(String name, boolean blocked) throws IOException {
    Headers headers = Headers.of("Content-Type", FORM, "Content-Encoding", "gzip");
    assertThat(waf.inspect(WafRequest.of("POST", "/x", headers, gzip(name, "a=b"))).blocked())
        .isEqualTo(blocked);
  }

  @Test
  void textOfAnElement_inHarmlessPieces_passes() {
    assertThat(blocks(XML, "<a>The union <!-- of --> workers <![CDATA[& select]]> members</a>"))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"q\":\"1' \\u0075nion \\u0073elect password from users-- \"}",
        "<a q='1&#39; un&#105;on se&#108;ect password from users-- '/>",
      })
  void structuredBody_behindBlanks_isReadAsSuch(String body) {
    for (int blanks : new int[] {0, 1_000, 1_021, 1_024, 5_000}) {
      for (String type : List.of("", "text/plain", "image/png", FORM)) {
        assertThat(blocks(type, " \n".repeat(blanks / 2) + body)).as(type + blanks).isTrue();
        assertThat(blocks(type, "\u00ef\u00bb\u00bf" + " ".repeat(blanks) + body))
            .as(type + blanks)
            .isTrue();
      }
    }
  }

  @Test
  void harmlessBody_behindBlanks_passes() {
    assertThat(blocks("", " ".repeat(5_000) + "{\"q\":\"it's \\u0075nion\"}")).isFalse();
    for (String type : List.of("", "text/plain", FORM)) {
      for (String mark :
          List.of("", "\u00ef\u00bb\u00bf", "\u00ef\u00bb\u00bf\u00ef\u00bb\u00bf")) {
        assertThat(blocks(type, mark)).isFalse();
        assertThat(blocks(type, " ".repeat(5_000) + mark)).isFalse();
        assertThat(blocks(type, mark + " ".repeat(5_000))).isFalse();
      }
    }
  }

  @Test
  void textInProtobuf_withLettersBeyondAscii_isInspectedCompletely() {
    String attack = utf8("\u00e9\u00e8' union \u4e2d select \ud83d\ude00 pw \u00e9 from users--");
    String message =
        "\n\u0005short\u0012" + (char) attack.length() + attack + "\u0018\u0001\b\u0002";
    String brief = utf8("\u00e9\u00e9' or '\u00e9'='\u00e9");
    String other =
        "\u0012" + (char) brief.length() + brief + "\u0018\u0001\b\u0002\u0018\u0001\b\u0002";

    for (String body : List.of(message, other)) {
      assertThat(blocks("application/x-protobuf", body)).isTrue();
      String frame = "\0\0\0\0" + (char) body.length() + body;
      assertThat(blocks("application/grpc", frame)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u000b", "\u000b\u000b", "\f", "\u0001\u0001"})
  void controlCharactersForBlanks_doNotHideAnAttack(String blank) {
    String attack = "1' union select password from users where 1=1 -- ".replace(" ", blank);
    String stuffed = attack + "/*" + "\u0001\u0002\u0003x".repeat(500);

    for (String value : List.of(attack, stuffed)) {
      assertThat(blocks(MULTIPART, field(value))).isTrue();
      assertThat(blocks(FORM, "q=" + value)).isTrue();
      assertThat(blocks("", value)).isTrue();
      assertThat(blocks("text/plain", value)).isTrue();
      assertThat(blocks("application/octet-stream", "{\"q\":\"" + value + "\"}")).isTrue();
    }
  }

  @Test
  void bytesThatAreNoText_doNotHideAnAttackInAField() {
    Random random = new Random(9);
    byte[] noise = new byte[3_000];
    random.nextBytes(noise);
    String stuffed = new String(noise, ISO_8859_1) + "' or\u000b1=1 -- ";

    assertThat(blocks(MULTIPART, field(stuffed))).isTrue();
    assertThat(blocks(MULTIPART, field("' or\u000b1=1 -- " + "\0".repeat(3_000)))).isTrue();
  }

  @Test
  void bytesThatAreNoText_inAField_pass() {
    Random random = new Random(10);
    for (int i = 0; i < 50; i++) {
      byte[] noise = new byte[16 << 10];
      random.nextBytes(noise);

      assertThat(blocks(MULTIPART, field(new String(noise, ISO_8859_1)))).isFalse();
    }
  }

  @Test
  void compressedMessages_shareOneBoundOnInflation() throws IOException {
    byte[] bomb = new byte[1_000_000];
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      frame(stream, bomb);
    }

    WafResult result = waf.inspect(grpc(stream.toByteArray()));

    assertThat(result.hits()).extracting(RuleHit::rule).containsExactly("protocol-body-oversize");
  }

  @Test
  void inflatedMessage_countsAgainstTheBoundOnMessages() throws IOException {
    byte[] noise = new byte[5 << 20];
    new Random(1).nextBytes(noise);
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) ('a' + (noise[i] & 1)); // inflates eightfold
    }
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    frame(stream, noise);
    assertThat(stream.size()).isLessThan(WafLimits.defaults().messageBytes());

    assertThat(waf.inspect(grpc(stream.toByteArray())).hits())
        .extracting(RuleHit::rule)
        .containsExactly("protocol-body-oversize");
  }

  @Test
  void manyCompressedMessages_pass() throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int i = 0; i < 2_000; i++) {
      frame(stream, ("row " + i + " of a report, all alike. ").repeat(30).getBytes(ISO_8859_1));
    }

    assertThat(waf.inspect(grpc(stream.toByteArray())).hits()).isEmpty();
  }

  private static WafRequest grpc(byte[] body) {
    Headers headers = Headers.of("Content-Type", "application/grpc", "Grpc-Encoding", "gzip");
    return WafRequest.of("POST", "/x", headers, body);
  }

  private static void frame(ByteArrayOutputStream stream, byte[] message) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(message);
    }
    stream.write(1);
    stream.writeBytes(ByteBuffer.allocate(4).putInt(packed.size()).array());
    stream.writeBytes(packed.toByteArray());
  }

  private static String utf8(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }
}
