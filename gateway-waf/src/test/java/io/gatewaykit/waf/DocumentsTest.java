// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents of applications, which contain markup, headers or expressions, pass by default. */
class DocumentsTest {
  private static final String ATTACK = "1' union select user,password from users-- ";

  /** A mail with a message about request smuggling, and a page. */
  private static final String MAIL =
      """
      Return-Path: <ann@example.org>
      Received: from mail.example.org (mail.example.org [192.0.2.7]) by mx.example.com; Mon, 1 Jun 2026 08:00:00 +0000
      From: Ann <ann@example.org>
      To: Ben <ben@example.com>, Cleo <cleo@example.com>
      Bcc: archive@example.org
      Subject: Lecture 7
      MIME-Version: 1.0
      Content-Type: multipart/alternative; boundary="part"

      This is a message with multiple parts in MIME format.
      --part
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 8bit

      The proxy sees one request and the server two:

      POST /search HTTP/1.1
      Host: shop.example.com
      Content-Length: 49
      Transfer-Encoding: chunked

      0

      GET /admin HTTP/1.1
      X-Ignore: x

      --part
      Content-Type: text/html; charset=utf-8

      <html><body onload="init()"><p style="color: red">See <a href="https://example.org/">the notes</a></p></body></html>
      --part--
      """
          .replace("\n", "\r\n");

  private static final String XHTML =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
      <html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">
        <head><title>A page</title></head>
        <body><h1>A page</h1><p>It&#8217;s short.</p></body>
      </html>
      """;

  private static final String UPLOAD_END =
      """
      <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Part><PartNumber>1</PartNumber><ETag>"a54357aff0632cce46d942af68356b38"</ETag></Part>
        <Part><PartNumber>2</PartNumber><ETag>&quot;0c78aef83f66abc1fa1e8477f296d394&quot;</ETag></Part>
      </CompleteMultipartUpload>
      """;

  private static final String EMBED =
      """
      {"id":7,"title":"Trip","content":"<!-- wp:embed {\\"url\\":\\"https://www.youtube.com/watch?v=abc\\",\\"type\\":\\"video\\",\
      \\"providerNameSlug\\":\\"youtube\\",\\"responsive\\":true,\\"className\\":\\"wp-embed-aspect-16-9\\"} -->\\n\
      <figure class=\\"wp-block-embed is-type-video\\"><div class=\\"wp-block-embed__wrapper\\">\\n\
      https://www.youtube.com/watch?v=abc\\n</div></figure>\\n<!-- /wp:embed -->\\n\\n\
      <!-- wp:paragraph -->\\n<p>We saw the sea.</p>\\n<!-- /wp:paragraph -->\\n\\n\
      <!-- wp:image {\\"id\\":5,\\"sizeSlug\\":\\"large\\"} -->\\n<figure class=\\"wp-block-image\\">\
      <img src=\\"https://example.org/a.jpg\\" alt=\\"\\" class=\\"wp-image-5\\"/></figure>\\n<!-- /wp:image -->"}\
      """;

  private static final String STYLES =
      """
      {"id":12,"settings":{"color":{"palette":[{"slug":"base","color":"#fff"}]}},\
      "styles":{"css":"@import url('https://fonts.example.com/css2?family=Inter');\\nbody { color: red; }\\n\
      .a > .b::before { content: \\"\\\\201C\\"; background: url(data:image/png;base64,iVBORw0KGgo=); }",\
      "elements":{"link":{"color":{"text":"var(--wp--preset--color--base)"}}}}}\
      """;

  private final Waf waf = Waf.builder().build();

  private WafResult send(String target, String type, String body) {
    Headers headers = type.isEmpty() ? Headers.empty() : Headers.of("Content-Type", type);
    return waf.inspect(WafRequest.of("POST", target, headers, body.getBytes(UTF_8)));
  }

  private WafResult attach(String fileName, String type, String content) {
    String body =
        "------FormBoundaryA1\r\nContent-Disposition: form-data; name=\"f\"; filename=\""
            + fileName
            + (type.isEmpty() ? "\"" : "\"\r\nContent-Type: " + type)
            + "\r\n\r\n"
            + content
            + "\r\n------FormBoundaryA1--\r\n";
    return send("/upload", "multipart/form-data; boundary=----FormBoundaryA1", body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "This is a multi-part message in MIME format.",
        "If you can read this, your mail program is old.\r\n",
        "preamble",
        "\r\n",
      })
  void preambleOfMime_passes_andIsInspected(String preamble) {
    String part =
        "\r\n------FormBoundaryA1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n------FormBoundaryA1--\r\n";
    String type = "multipart/form-data; boundary=----FormBoundaryA1";

    assertThat(send("/", type, preamble + part).hits()).isEmpty();
    assertThat(send("/", type, ATTACK + part).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "message/rfc822", "text/plain", "application/octet-stream"})
  void mail_attached_passes(String type) {
    assertThat(attach("lecture.eml", type, MAIL).hits()).isEmpty();
  }

  @Test
  void mail_sentRaw_passes() {
    assertThat(send("/mails", "message/rfc822", MAIL).hits()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/html", "application/xhtml+xml", "text/xml", "application/xml"})
  void pageWithADoctype_passes(String type) {
    assertThat(send("/pages", type, XHTML).hits()).isEmpty();
    String styled = XHTML.replace("</head>", "<link rel='stylesheet' href='a.css'/></head>");
    assertThat(attach("page.xhtml", type, styled).hits()).isEmpty();
  }

  @Test
  void doctypeOfAnotherHost_isFound() {
    String other = XHTML.replace("www.w3.org/TR", "evil.example/TR");
    assertThat(send("/pages", "text/xml", other).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "application/xml", "text/plain", "application/octet-stream", "text/xml"})
  void endOfAnUploadInParts_passes(String type) {
    String target = "/bucket/photo.jpg?uploadId=VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRz";
    assertThat(send(target, type, UPLOAD_END).hits()).isEmpty();
    String attack = UPLOAD_END.replace("<PartNumber>2", "<PartNumber>" + ATTACK);
    assertThat(send(target, type, attack).blocked()).isTrue();
  }

  @Test
  void embeddedVideoOfAnEditor_passes() {
    assertThat(send("/wp-json/wp/v2/posts/7", "application/json", EMBED).blocked()).isFalse();
    String attack = EMBED.replace("<p>We", "<script>run()</script><p>We");
    assertThat(send("/wp-json/wp/v2/posts/7", "application/json", attack).blocked()).isTrue();
  }

  @Test
  void globalStylesOfAnEditor_pass() {
    assertThat(send("/wp-json/wp/v2/global-styles/12", "application/json", STYLES).blocked())
        .isFalse();
    String attack = STYLES.replace("body { color: red; }", "</style><script>run()</script>");
    assertThat(send("/wp-json/wp/v2/global-styles/12", "application/json", attack).blocked())
        .isTrue();
  }

  /** A text that is labelled as a document, or attached, is content. */
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/waf.md", "docs/waf-rules.md", "CHANGELOG.md"})
  void markdown_labelledOrAttached_passes(String file) throws IOException {
    String text = Files.readString(Path.of("..").resolve(file));

    assertThat(send("/documents", "text/markdown; charset=UTF-8", text).hits()).isEmpty();
    for (String type : new String[] {"", "text/markdown", "text/plain"}) {
      assertThat(attach("README.md", type, text).hits()).as(type).isEmpty();
    }
  }

  /** A raw text without such a label may be a parameter, so it is inspected as one value. */
  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "application/octet-stream", "text/plain;charset=utf-8"})
  void text_withoutALabelOfDocuments_isInspectedAsOneValue(String type) {
    String prose = "# Notes\n\nFirst we boil water; then we add the tea.\n\n- one\n- two\n";

    assertThat(send("/notes", type, prose).hits()).isEmpty();
    assertThat(send("/notes", type, ATTACK).blocked()).isTrue();
    assertThat(send("/notes", type, prose + "\n<script>run()</script>\n").blocked()).isTrue();
  }

  /** A Maven project posted as XML is data; its names and expressions are harmless. */
  @ParameterizedTest
  @ValueSource(
      strings = {"", "application/xml", "text/xml", "text/plain", "application/octet-stream"})
  void buildFile_sentRaw_passes(String type) {
    String pom =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
            xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 https://maven.apache.org/xsd/maven-4.0.0.xsd">
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId>
          <artifactId>shop</artifactId>
          <version>${revision}</version>
          <properties>
            <maven.compiler.release>17</maven.compiler.release>
            <argLine>-Xmx1g @{surefire.argLine}</argLine>
          </properties>
          <dependencies>
            <dependency>
              <groupId>javax.servlet</groupId>
              <artifactId>javax.servlet-api</artifactId>
              <version>${servlet.version}</version>
              <scope>provided</scope>
            </dependency>
          </dependencies>
          <scm><connection>scm:git:https://github.com/example/shop.git</connection></scm>
        </project>
        """;
    assertThat(send("/builds", type, pom).blocked()).isFalse();
    assertThat(attach("pom.xml", type, pom).hits()).isEmpty();
    String attack = pom.replace("com.example", ATTACK);
    assertThat(send("/builds", type, attack).blocked()).isTrue();
  }
}
