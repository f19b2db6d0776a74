// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.waf.rule.Target;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartReaderTest {
  private static final String TYPE = "multipart/form-data; boundary=b";

  private static Recorded read(String body) {
    return Recorded.of(TYPE, body);
  }

  private static String part(String head) {
    return "--b\r\n" + head + "\r\n\r\nx\r\n--b--\r\n";
  }

  @Test
  void browserRequests_areReadCompletely() {
    String body =
        String.join(
            "\r\n",
            "--b",
            "Content-Disposition: form-data; name=\"a\"",
            "",
            "one",
            "two",
            "--b",
            "Content-Disposition: form-data; name=\"f\"; filename=\"c:\\d\\e.png\"",
            "Content-Type: image/png",
            "",
            "\u0089PNG",
            "\u001a\n\0",
            "--b--",
            "");

    Recorded read = read(body);

    assertThat(read.defects).isEmpty();
    assertThat(read.values)
        .containsExactly(
            "PART_HEADER content-disposition=Content-Disposition: form-data; name=\"a\"",
            "ARG_NAME a=a",
            "ARG a=one\r\ntwo",
            "PART_HEADER content-disposition="
                + "Content-Disposition: form-data; name=\"f\"; filename=\"c:\\d\\e.png\"",
            "ARG_NAME f=f",
            "FILE_NAME filename=c:\\d\\e.png",
            "PART_HEADER content-type=Content-Type: image/png",
            "FILE_MEDIA f=\u0089PNG\r\n\u001a\n\0");
  }

  @ParameterizedTest
  @DisplayName(
      "what parsers read differently is a defect: CVE-2022-48279, CVE-2023-24021 and others")
  @ValueSource(
      strings = {
        "--b\nContent-Disposition: form-data; name=\"a\"\n\nx\n--b--\n", // LF only
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", // no end
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b\r\n", // no last
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--bc\r\n\r\ny\r\n--b--", // tail
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx--b\r\n--b--", // inside a line
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n--b--\r\n", // no empty line
        "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\nbehind",
        "--b--\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n",
        "nothing of the kind",
      })
  void shape_amiss_isAFault(String body) {
    assertThat(read(body).defects).hasSize(1).allMatch(defect -> defect.startsWith("multipart: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Disposition: form-data; name=\"a\"; name=\"b\"",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"",
        "Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"; filename=\"a.php\"",
        "Content-Disposition: form-data; name=\"f\"; filename*0=\"a.p\"; filename*1=\"hp\"",
        "Content-Disposition: form-data; name = \"a\"",
        "Content-Disposition: form-data; name=\"a\"b",
        "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=a b",
        "Content-Disposition: form-data; filename=\"a.png\"",
        "Content-Disposition: form-data",
        "Content-Type: text/plain",
        "Content-Disposition: form-data;\r\n name=\"a\"",
        "Content-Disposition : form-data; name=\"a\"",
        "Content-Disposition: form-data; name=\"a\"\r\nno colon",
        "Content-Disposition: form-data; name=\"a\0\"",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=c",
      })
  void header_amiss_isAFault(String head) {
    assertThat(read(part(head)).defects).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=b; boundary=c",
        "multipart/form-data; boundary=\"b\"c",
        "multipart/form-data; boundary = b",
        "multipart/form-data; boundary=b\u00e9",
      })
  void boundary_amiss_isAFault_andTheBodyIsInspected(String type) {
    String body = part("Content-Disposition: form-data; name=\"a\"");

    Recorded read = Recorded.of(type, body);

    assertThat(read.defects).hasSize(1);
    assertThat(read.texts(Target.ARG)).isNotEmpty().anyMatch(text -> text.contains("x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; boundary=b",
        "multipart/form-data; boundary=\"b\"",
        "multipart/form-data;boundary=b;charset=utf-8",
        "Multipart/Form-Data; BOUNDARY=b",
      })
  void boundary_inAnyProperNotation_isRead(String type) {
    Recorded read = Recorded.of(type, part("Content-Disposition: form-data; name=\"a\""));

    assertThat(read.defects).isEmpty();
    assertThat(read.texts(Target.ARG)).containsExactly("x");
  }

  @Test
  void mixed_needsNoNames() {
    Recorded read =
        Recorded.of("multipart/mixed; boundary=b", part("Content-Type: application/http"));

    assertThat(read.defects).isEmpty();
    assertThat(read.values)
        .containsExactly("PART_HEADER content-type=Content-Type: application/http", "ARG part=x");
  }

  @ParameterizedTest
  @CsvSource({"40", "60", "75", "79"})
  void beginningOfABody_isNoFault(int length) {
    String body = part("Content-Disposition: form-data; name=\"a\"").replace("x", "x".repeat(30));
    Recorded read = new Recorded();

    read.read(List.of(TYPE), body.substring(0, length), false);

    assertThat(read.defects).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image/png",
        "application/json",
        "application/xml",
        "text/html",
        "application/http"
      })
  void partWithoutAFileName_isAField_ofAnyType(String type) {
    String head = "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: " + type;

    for (String value : List.of("\u0089PNG\r\n\u001a\n' or 1=1--", "PK\u0003\u0004' or 1=1--")) {
      assertThat(read(part(head).replace("\r\nx\r\n", "\r\n" + value + "\r\n")).values)
          .contains("ARG a=" + value);
    }
  }

  @Test
  void fieldLabelledAsJson_isReadAsJsonToo() {
    String head = "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: application/json";
    String json = "{\"b\":\"\\u0063\"}";

    Recorded read = read(part(head).replace("\r\nx\r\n", "\r\n" + json + "\r\n"));

    assertThat(read.defects).isEmpty();
    assertThat(read.values).contains("ARG a=" + json, "ARG b=c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"filename=\"\"", "filename=", "filename=\" \""})
  void emptyFileName_makesNoFile(String parameter) {
    String body = part("Content-Disposition: form-data; name=\"a\"; " + parameter);

    assertThat(read(body).values).contains("ARG a=x");
  }

  @Test
  void emptyFileInputOfABrowser_isHarmless() {
    String head =
        "Content-Disposition: form-data; name=\"a\"; filename=\"\"\r\n"
            + "Content-Type: application/octet-stream";

    Recorded read = read(part(head).replace("\r\nx\r\n", "\r\n\r\n"));

    assertThat(read.defects).isEmpty();
    assertThat(read.texts(Target.ARG)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1000", "1023", "1024", "5000"})
  void fileBehindWhiteSpace_isInspected(int blank) {
    String head = "Content-Disposition: form-data; name=\"f\"; filename=\"a.svg\"";
    String file = " ".repeat(blank) + "<svg><script>x</script>";

    assertThat(read(part(head).replace("\r\nx\r\n", "\r\n" + file + "\r\n")).values)
        .anyMatch(value -> value.startsWith("FILE_SVG f=") && value.endsWith(file.strip()));
  }

  @Test
  void archiveThatClaimsToBeAnImage_isInspectedAsOne() {
    String head = "Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"";

    String body = part(head).replace("\r\nx\r\n", "\r\nPK\u0003\u0004<?php\r\n");

    assertThat(read(body).values).contains("FILE_MEDIA f=PK\u0003\u0004<?php");
  }
}
