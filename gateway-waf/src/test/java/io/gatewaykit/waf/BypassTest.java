// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published bypasses of other firewalls, one per advisory, against the complete firewall. */
class BypassTest {
  private static final String SCRIPT = "%3Cscript%3Erun()%3C/script%3E";
  private final Waf waf = Waf.builder().build();

  private WafResult get(String target) {
    return waf.inspect(WafRequest.of("GET", target, Headers.empty()));
  }

  private WafResult post(String contentType, String body) {
    return waf.inspect(
        WafRequest.of(
            "POST", "/", Headers.of("Content-Type", contentType), body.getBytes(ISO_8859_1)));
  }

  private WafResult multipart(String... partHeads) {
    StringBuilder body = new StringBuilder();
    for (String head : partHeads) {
      body.append("--b\r\n").append(head).append("\r\n\r\nx\r\n");
    }
    return post("multipart/form-data; boundary=b", body.append("--b--\r\n").toString());
  }

  /** The path ends at the first raw question mark; an encoded one hides nothing. */
  @Test
  void cve20241019_encodedQuestionMarkInPath_pathIsInspectedCompletely() {
    assertThat(get("/a%3Fb" + SCRIPT).blocked()).isTrue();
    assertThat(get("/a%3Fq=" + SCRIPT).blocked()).isTrue();
  }

  /** Two slashes start a path, not an authority. */
  @Test
  void cve202529914_doubleSlash_isPartOfThePath() {
    assertThat(get("//etc/passwd/x.php?a=b").blocked()).isTrue();
    assertThat(get("//bar/.git/config").blocked()).isTrue();
    assertThat(get("//bar/x?a=" + SCRIPT).blocked()).isTrue();
  }

  /** The charset of each part is honoured, in any order. */
  @Test
  void cve202621876_charsetOfAnyPart_isSeen() {
    String good =
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=utf-8";
    String bad =
        "Content-Disposition: form-data; name=\"b\"\r\nContent-Type: text/plain; charset=utf-7";

    assertThat(multipart(good, bad).blocked()).isTrue();
    assertThat(multipart(bad, good).blocked()).isTrue();
    assertThat(multipart(good, good).blocked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x.php",
        "x.php ",
        "x.php.",
        "x.php . ",
        "x.PHP",
        "x.php::$DATA",
        "x.php.jpg",
        "x.phtml"
      })
  void cve202633691_paddedUploadName_isSeen(String name) {
    assertThat(
            multipart("Content-Disposition: form-data; name=\"f\"; filename=\"" + name + "\"")
                .blocked())
        .isTrue();
  }

  @Test
  void ghsa6jp8_attributeOfXml_isInspected() {
    assertThat(post("application/xml", "<a><b c=\"&lt;script>run()&lt;/script>\"/></a>").blocked())
        .isTrue();
    assertThat(post("text/xml", "<a x:y='../../../../etc/passwd'/>").blocked()).isTrue();
  }

  @Test
  void cve202239956_encodingOfPart_isSeen() {
    assertThat(
            multipart(
                    "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64")
                .blocked())
        .isTrue();
  }

  @Test
  void cve202239955_charsetOfRequest_isSeen() {
    assertThat(post("text/plain; charset=utf-7", "+ADw-").blocked()).isTrue();
    assertThat(post("application/x-www-form-urlencoded; charset=ibm037", "a=b").blocked()).isTrue();
    assertThat(post("text/plain; charset=utf-8; charset=utf-7", "a").blocked()).isTrue();
  }

  @Test
  void cve202239957_repeatedField_eachValueIsInspected() {
    Headers twice = Headers.of("X-Note", "fine", "X-Note", "<script>run()</script>");

    assertThat(waf.inspect(WafRequest.of("GET", "/", twice)).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "&#60;script>run()",
        "&#0000060;script>run()",
        "&#x3c;script>run()",
        "&#x000003C;script>run()",
        "&lt;script>run()"
      })
  void cve202527110_characterReferences_areUndone(String text) {
    assertThat(post("text/plain", text).blocked()).isTrue();
  }

  /** A path after the program name is inspected too. */
  @Test
  void cve202135368_pathInfo_isInspected() {
    assertThat(get("/index.php/" + SCRIPT).blocked()).isTrue();
    assertThat(get("/index.php/..%2f..%2fetc/passwd").blocked()).isTrue();
  }

  @Test
  void cve202142717_deepJson_isInspectedNotSkipped() {
    String deep = "[".repeat(20_000) + "\"<script>run()</script>\"" + "]".repeat(20_000);

    assertThat(post("application/json", deep).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/vnd.x+json",
        "application/json;charset=utf-8",
        "",
        "application/octet",
        "text/json"
      })
  void contentTypeTrick_jsonUnderAnyName_isInspected(String type) {
    assertThat(post(type, "{\"a\":\"<script>run()</script>\"}").blocked()).isTrue();
    assertThat(post(type, "{\"a\":\"\\u003cscript>run()</script>\"}").blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=1&a=", "a[]=1&a[]=", "a=1;b=", "=", ""})
  void parameterPollution_everyOccurrence_isInspected(String before) {
    assertThat(get("/?" + before + SCRIPT).blocked()).isTrue();
    assertThat(post("application/x-www-form-urlencoded", before + SCRIPT).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%253Cscript%253Erun()", // double encoding
        "%25253Cscript%25253Erun()", // triple encoding
        "%u003Cscript%u003Erun()",
        "%uff1cscript%uff1erun()", // full-width
        "%C0%BCscript%C0%BErun()", // overlong
        "%EF%BC%9Cscript%EF%BC%9Erun()",
        "%3Csc%00ript%3Erun()",
        "\\x3Cscript\\x3Erun()",
        "\\u003Cscript\\u003Erun()",
        "%26lt;script%26gt;run()",
        "%3CsCrIpT%3Erun()"
      })
  void encoding_whatBackendsUndo_isUndone(String text) {
    assertThat(get("/?q=" + text).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1/**/union/**/select/**/secret,2",
        "1/*!50000union*//*!50000select*/secret,2",
        "1%0aunion%0dselect%0bsecret,2",
        "1%a0or%201=1",
        "1'%20oR%20'1'%20LiKe%20'1",
        "1%20%26%26%201=1"
      })
  void sqlSpelling_commentsAndWhiteSpace_changeNothing(String text) {
    assertThat(get("/?q=" + text).blocked()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ";c'a't%20/e't'c/passwd",
        ";c%5Cat%20/etc/hosts",
        ";cat$%7BIFS%7D/etc/hosts",
        ";/???/c?t%20/???/p?sswd",
        ";who$@ami",
        "%0acat%20/etc/hosts"
      })
  void shellSpelling_quotesGlobsAndVariables_changeNothing(String text) {
    assertThat(get("/?q=x" + text).blocked()).isTrue();
  }

  @Test
  void multipartWithoutEnd_isInspected() {
    assertThat(
            post(
                    "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n<script>run()</script>")
                .blocked())
        .isTrue();
    assertThat(
            post("multipart/form-data", "--b\r\n\r\n\r\n<script>run()</script>\r\n--b--").blocked())
        .isTrue();
  }
}
