// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.rule.Target;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The type inferred for a body from its bytes and its label. */
class BodyReadersTest {
  private static final String PNG = "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR";

  @ParameterizedTest
  @DisplayName("JSON is read as JSON, whatever its label")
  @ValueSource(
      strings = {
        "application/json",
        "image/png",
        "image/json",
        "application/octet-stream",
        "audio/mpeg",
        "text/plain",
        "text/html",
        "text/markdown",
        "x",
        "application/x-www-form-urlencoded"
      })
  void json_underAnyLabel_isRead(String type) {
    Recorded read = Recorded.of(type, "{\"id\":\"a\\u0062c\"}");

    assertThat(read.values).contains("ARG id=abc");
    assertThat(read.defects).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/png", "x", "text/css", "application/octet-stream", "video/mp4"})
  void form_underAnyLabel_isRead(String type) {
    assertThat(Recorded.of(type, "id=a+%62&x=1").values).contains("ARG id=a b", "ARG x=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/png", "x", "text/html", "application/octet-stream", "text/plain"})
  void xml_underAnyLabel_isRead(String type) {
    assertThat(Recorded.of(type, "<a b='&lt;'>c</a>").values).contains("ARG b=<", "ARG a=c");
  }

  @Test
  void multipart_withoutALabel_isRead() {
    String body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n";

    assertThat(Recorded.of("image/png", body).values).contains("ARG a=x");
    Recorded none = new Recorded();
    none.read(List.of(), body, true);
    assertThat(none.values).contains("ARG a=x");
  }

  @Test
  void severalLabels_areAFault_andReadAsEachOfThem() {
    Recorded read = new Recorded();

    read.read(List.of("application/json", "application/x-www-form-urlencoded"), "{\"a\":1}", true);

    assertThat(read.defects).containsExactly("content-type: several content types, byte 0");
    assertThat(read.values).contains("ARG a=1", "ARG ={\"a\":1}");
  }

  @Test
  void binary_withTheLabelOfAFile_isAFile() {
    Recorded read = Recorded.of("image/png", PNG);

    assertThat(read.values).containsExactly("FILE_MEDIA body=" + PNG);
    assertThat(Recorded.of("application/octet-stream", PNG).values).hasSize(1);
  }

  @Test
  void binary_withAnotherLabel_isInspectedForTexts() {
    String message =
        "\n\u0005short\u0012\u0018' or 1=1 -- long enough\u001a\n' or 1=1--\u0018\u0001\u0001\u0001";

    assertThat(Recorded.of("application/x-protobuf", message).values)
        .contains("ARG body=' or 1=1 -- long enough", "ARG body=\n' or 1=1--")
        .noneMatch(value -> value.equals("ARG body=short"));
    assertThat(Recorded.of("application/cbor", "\1\1\1\1j' or 1=1--\1").values)
        .contains("ARG body=j' or 1=1--"); // the length is a letter
    assertThat(Recorded.of("application/msgpack", "\1\1\1\1\u00aa' or 1=1--\1").values)
        .contains("ARG body=' or 1=1--");
  }

  @Test
  void oneControlCharacter_makesNoTextBinary() {
    Recorded read = new Recorded();

    read.read(List.of(), "id=1\0' union select", true);

    assertThat(read.values).contains("ARG id=1\0' union select");
  }

  @Test
  void labelOfAForm_aroundBinary_doesNotHideAField() {
    String body = PNG + "\1\2\3\4&id=' union select 1&x=" + "\1\2\3\4".repeat(40);

    assertThat(Recorded.of("application/x-www-form-urlencoded", body).values)
        .contains("ARG id=' union select 1");
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /dav/notes.md, FILE_TEXT",
    "PUT, /dav/Main.java, FILE_TEXT",
    "PUT, /api/notes, ARG",
    "POST, /dav/notes.md, ARG",
    "PUT, /run.php, ARG",
  })
  void text_storedUnderTheNameOfADocument_isAFile(String method, String path, Target target) {
    Recorded read = new Recorded();
    BodyHead head = new BodyHead(method, path, List.of(), List.of(), "");

    read.read(head, Recorded.LIMITS, "Use <b>it</b>;\nrm -rf x".getBytes(ISO_8859_1), 9, true);

    assertThat(read.values).hasSize(1).allMatch(value -> value.startsWith(target + " "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"id\":\"x\"}", "id=x&y=z", "<a><id>x</id></a>"})
  void parameters_storedUnderTheNameOfADocument_areParameters(String body) {
    Recorded read = new Recorded();
    BodyHead head = new BodyHead("PUT", "/dav/a.md", List.of(), List.of(), "");

    read.read(head, Recorded.LIMITS, body.getBytes(ISO_8859_1), 5, true);

    assertThat(read.values).contains("ARG id=x");
  }

  @ParameterizedTest
  @CsvSource({
    "/dav/pom.xml, FILE_XML, <project><version>${v}</version></project>",
    "/dav/a.html, FILE_XML, <dialog><p>x</p></dialog>",
    "/dav/app.min.js, FILE_TEXT, '!function(){var t=1;e.q=t}()'",
  })
  void document_matchingItsName_isAFile(String path, Target target, String body) {
    Recorded read = new Recorded();
    BodyHead head = new BodyHead("PUT", path, List.of(), List.of(), "");

    read.read(head, Recorded.LIMITS, body.getBytes(ISO_8859_1), 5, true);

    assertThat(read.values).hasSize(1).allMatch(value -> value.startsWith(target + " "));
  }

  @ParameterizedTest
  @CsvSource({"POST, /dav/pom.xml, ''", "PUT, /dav/pom.xml, application/xml", "PUT, /dav/pom, ''"})
  void markup_thatIsNotStored_isParameters(String method, String path, String type) {
    Recorded read = new Recorded();
    BodyHead head =
        new BodyHead(method, path, type.isEmpty() ? List.of() : List.of(type), List.of(), "");

    read.read(head, Recorded.LIMITS, "<a><id>x</id></a>".getBytes(ISO_8859_1), 5, true);

    assertThat(read.values).contains("ARG id=x");
  }

  @Test
  void documentFormat_storedUnderItsName_isAFile() {
    Recorded read = new Recorded();
    BodyHead head = new BodyHead("PUT", "/dav/a.pdf", List.of(), List.of(), "");
    String pdf =
        "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n"
            + "1 0 obj <</Type /Catalog>> endobj\n".repeat(40)
            + "\1\2<%\3\4";

    read.read(head, Recorded.LIMITS, pdf.getBytes(ISO_8859_1), 2_000, true);

    assertThat(read.values).isNotEmpty().noneMatch(value -> value.startsWith("ARG "));
  }

  @Test
  void batch_requestsInside_areInspectedAsRequests() {
    String batch =
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
            + "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            + "POST /odata/People?$top=1 HTTP/1.1\r\nContent-Type: application/json\r\n"
            + "X-Note: n\r\n\r\n{\"Name\":\"Ann\"}\r\n--c--\r\n--b--\r\n";

    Recorded read = Recorded.of("multipart/mixed; boundary=b", batch);

    assertThat(read.defects).isEmpty();
    assertThat(read.values)
        .contains("PATH path=/odata/People", "ARG $top=1", "HEADER x-note=n", "ARG Name=Ann");
  }

  @Test
  void grpc_messages_areInspectedOneByOne() {
    String stream = "\0\0\0\0\u0011hello, wide world\0\0\0\0\u000f\n\rsecond text!!";

    assertThat(Recorded.of("application/grpc", stream).values)
        .containsExactly("ARG message=hello, wide world", "ARG message=\n\rsecond text!!");
    assertThat(Recorded.of("application/connect+json", "\0\0\0\0\7{\"a\":1}").values)
        .contains("ARG a=1");
  }

  @Test
  void longValue_arrivesInOverlappingWindows_withoutGaps() {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder();
    while (text.length() < 300_000) {
      text.append((char) (' ' + random.nextInt(95)));
    }
    for (int at = 0; at < text.length() - 20; at += 9_973) {
      text.replace(at, at + 8, "#" + String.format("%06d", at) + "#");
    }

    List<String> windows = Recorded.of("text/plain", text.toString()).texts(Target.ARG);

    assertThat(windows).allMatch(window -> window.length() <= ValueBuffer.WINDOW);
    for (int at = 0; at < text.length() - 20; at += 9_973) {
      String mark = "#" + String.format("%06d", at) + "#";
      assertThat(windows).as(mark).anyMatch(window -> window.contains(mark));
    }
  }

  @Test
  void longBase64_keepsItsBeginningItsEnd_andWhatIsAround() {
    Random random = new Random(11);
    StringBuilder base64 = new StringBuilder();
    while (base64.length() < 3 << 20) {
      base64.append(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
              .charAt(random.nextInt(64)));
    }
    Recorded read = new Recorded();
    byte[] body = ("{\"p\":\"BEGIN " + base64 + " END\"}").getBytes(ISO_8859_1);

    read.read(
        Recorded.head(List.of("application/json")),
        new BodyLimits(1 << 20, 10 << 20, 1 << 20, 64, 100),
        body,
        8_192,
        true);

    List<String> values = read.texts(Target.ARG);
    assertThat(values.stream().mapToInt(String::length).sum()).isLessThan(64 << 10);
    assertThat(values.get(0)).startsWith("BEGIN " + base64.substring(0, 1_000));
    assertThat(values.get(values.size() - 1))
        .endsWith(base64.substring(base64.length() - 500) + " END");
  }

  @Test
  void longRun_inAForm_hidesNoTextWrittenWithPlusSigns() {
    String body = "a=" + "A".repeat(7_000) + "+UNION+SELECT+x+" + "A".repeat(7_000);

    List<String> values = Recorded.of("application/x-www-form-urlencoded", body).texts(Target.ARG);

    assertThat(values).anyMatch(value -> value.contains("A UNION SELECT x A"));
  }
}
