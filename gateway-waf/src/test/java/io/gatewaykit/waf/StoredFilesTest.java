// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Translations and build files, sent as a body of their own, are files and not parameters. */
class StoredFilesTest {
  private static final String ATTACK = "1' union select user,password from users-- ";

  private static final String POM =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <version>${revision}</version>
        <properties><java>${env.JAVA_HOME}</java></properties>
        <build><plugins><plugin><configuration><target>
          <exec executable="/bin/sh"><arg line="-c 'rm -rf ${project.build.directory}'"/></exec>
        </target></configuration></plugin></plugins></build>
      </project>
      """;

  private static final String PO =
      """
      # A translation
      msgid ""
      msgstr "Content-Type: text/plain; charset=UTF-8\\nContent-Transfer-Encoding: 8bit\\n"

      #: src/ls.c:20
      msgid "cannot open $(cat /etc/passwd); or '1' = '1'"
      msgstr "impossible d'ouvrir"
      """;

  private final Waf waf = Waf.builder().build();

  private WafResult send(String method, String path, String type, byte[] body) {
    Headers headers = type.isEmpty() ? Headers.empty() : Headers.of("Content-Type", type);
    return waf.inspect(WafRequest.of(method, path, headers, body));
  }

  /** Returns a catalog of gettext with a header and a message. */
  private static byte[] catalog(ByteOrder order) {
    List<byte[]> texts =
        List.of(
            new byte[0],
            "select all; or delete from list".getBytes(UTF_8),
            "Project-Id-Version: a 1.0\nContent-Type: text/plain; charset=UTF-8\n".getBytes(UTF_8),
            "Usage:\n  -e; rm file".getBytes(UTF_8));
    ByteBuffer head = ByteBuffer.allocate(28 + 4 * 8).order(order);
    for (int number : new int[] {0x950412de, 0, 2, 28, 44, 0, 60}) {
      head.putInt(number);
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (byte[] text : texts) {
      head.putInt(text.length).putInt(60 + data.size());
      data.writeBytes(text);
      data.write(0);
    }
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(head.array());
    file.writeBytes(data.toByteArray());
    return file.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, ''",
    "PUT, application/octet-stream",
    "POST, ''",
    "POST, application/octet-stream",
    "POST, application/x-gettext-translation",
  })
  void catalogOfGettext_sentRaw_passes(String method, String type) {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      assertThat(send(method, "/locale/fr/app.mo", type, catalog(order)).hits())
          .as("%s", order)
          .isEmpty();
    }
  }

  @Test
  void catalogOfGettext_labelledAsText_passes() {
    String header =
        "Project-Id-Version: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n";
    byte[] texts = (header + "\0Usage: ls [OPTION]\0").getBytes(UTF_8);
    ByteBuffer file = ByteBuffer.allocate(400 + texts.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x950412de).position(400);
    assertThat(send("POST", "/upload", "text/plain", file.put(texts).array()).hits()).isEmpty();
  }

  @Test
  void signatureOfACatalog_beforeText_hidesNothing() {
    byte[] attack = ("\u0000".repeat(20) + "x' union select secret from members--").getBytes(UTF_8);
    byte[] body = ByteBuffer.allocate(4 + attack.length).putInt(0x950412de).put(attack).array();
    assertThat(send("POST", "/search", "text/plain", body).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/x-po", "text/x-gettext-translation"})
  void sourceOfATranslation_underAnyPath_passes(String type) {
    assertThat(send("POST", "/translations", type, PO.getBytes(UTF_8)).hits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "application/octet-stream"})
  void sourceOfATranslation_underItsName_passes(String type) {
    assertThat(send("PUT", "/po/fr.po", type, PO.getBytes(UTF_8)).hits()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/repo/a/1/a-1.pom, ''",
    "/repo/a/1/a-1.pom, application/octet-stream",
    "/src/pom.xml, ''",
    "/src/pom.xml, text/plain",
  })
  void buildFile_underItsName_passes(String path, String type) {
    assertThat(send("PUT", path, type, POM.getBytes(UTF_8)).hits()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /a-1.pom, application/xml",
    "PUT, /orders/a.pom, application/xml",
    "PUT, /orders/pom.xml, text/xml",
    "PUT, /orders/7.xml, application/xml",
  })
  void otherXml_isInspectedAsParameters(String method, String path, String type) {
    byte[] body = ("<a><b>" + ATTACK + "</b></a>").getBytes(UTF_8);

    assertThat(send(method, path, type, body).blocked()).isTrue();
  }
}
