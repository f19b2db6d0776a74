// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bodies larger than the held bytes of a guard are inspected completely or rejected, by type. */
class LargeBodyTest {
  private static final String JSON = "application/json";
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String MULTIPART = "multipart/form-data; boundary=b";
  private static final String ATTACK = "1' union select user,password from users-- ";
  private final Waf waf = Waf.builder().build();

  /** Sends a body like an adapter. Returns the rejection, or null. */
  private static @Nullable Rejection send(WafGuard guard, byte[] body, String... headers) {
    RequestHead request = RequestHead.builder("POST", "/x").headers(headers).build();
    assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
    BodyInspector inspector = requireNonNull(guard.inspectBody(request));
    try {
      return send(inspector, body);
    } finally {
      inspector.close();
    }
  }

  private static @Nullable Rejection send(BodyInspector inspector, byte[] body) {
    boolean held = true;
    for (int at = 0; at < body.length; ) {
      int count = Math.min(8_192, body.length - at);
      Rejection early = inspector.onBytes(ByteBuffer.wrap(body, at, count).asReadOnlyBuffer());
      at += count;
      if (early != null) {
        return early;
      }
      if (held && at > inspector.holdBytes()) {
        held = false;
        assertThat(inspector.onHeld(false)).isSameAs(Verdict.allow());
      }
    }
    if (!held) {
      return inspector.onEnd();
    }
    Verdict verdict = inspector.onHeld(true);
    return verdict instanceof Verdict.Reject reject ? reject.rejection() : null;
  }

  private @Nullable Rejection send(byte[] body, String type) {
    return send(WafGuard.builder(waf).build(), body, "Content-Type", type);
  }

  private @Nullable Rejection send(String body, String type) {
    return send(body.getBytes(ISO_8859_1), type);
  }

  private static String photo(int bytes) {
    byte[] photo = new byte[bytes];
    new Random(3).nextBytes(photo);
    return Base64.getEncoder().encodeToString(photo);
  }

  private static String bulk(int bytes) {
    StringBuilder rows = new StringBuilder("[");
    for (int i = 0; rows.length() < bytes; i++) {
      rows.append("{\"id\":").append(i).append(",\"name\":\"Ann Example ").append(i);
      rows.append("\",\"note\":\"We meet at 3pm, I think. Don't be late!\"},\n");
    }
    return rows.toString();
  }

  @Test
  void photoInJson_passes_andAnAttackBehindItDoesNot() {
    String photo = photo(3 << 20);

    assertThat(send("{\"photo\":\"" + photo + "\"}", JSON)).isNull();
    assertThat(send("{\"photo\":\"" + photo + "\",\"id\":\"" + ATTACK + "\"}", JSON))
        .isNotNull()
        .extracting(Rejection::status)
        .isEqualTo(403);
  }

  @Test
  void bulkImport_passes_andAnAttackAtItsEndDoesNot() {
    String rows = bulk(8 << 20);

    assertThat(send(rows + "{}]", JSON)).isNull();
    assertThat(send(rows + "{\"id\":\"" + ATTACK + "\"}]", JSON))
        .isNotNull()
        .extracting(Rejection::status)
        .isEqualTo(403);
  }

  @Test
  void tooLong_isRejectedByKind() {
    assertThat(send("a=" + "b ".repeat(2 << 20), FORM))
        .isNotNull()
        .extracting(Rejection::status)
        .isEqualTo(413);
    assertThat(send(bulk(11 << 20), JSON)).isNotNull().extracting(Rejection::status).isEqualTo(413);
  }

  @Test
  void tooLong_whereItIsAllowed_passes_inspectedUpToTheBound() {
    WafGuard lax = WafGuard.builder(waf).rejectOversize(false).build();
    String filler = "a=" + "b ".repeat(2 << 20);

    assertThat(send(lax, filler.getBytes(ISO_8859_1), "Content-Type", FORM)).isNull();
    assertThat(
            send(lax, ("id=" + ATTACK + "&" + filler).getBytes(ISO_8859_1), "Content-Type", FORM))
        .isNotNull();
    WafGuard excluded =
        WafGuard.builder(Waf.builder().exclude(Exclusion.rule("protocol-body-oversize")).build())
            .build();
    assertThat(send(excluded, filler.getBytes(ISO_8859_1), "Content-Type", FORM)).isNull();
  }

  @Test
  void tooLong_inDetect_passes_andIsReportedOnce() {
    IncidentLog log = new IncidentLog(10);
    Waf detect = Waf.builder().mode(WafMode.DETECT).listener(log).build();

    assertThat(
            send(
                WafGuard.builder(detect).build(),
                ("a=" + "b ".repeat(2 << 20)).getBytes(ISO_8859_1),
                "Content-Type",
                FORM))
        .isNull();
    assertThat(log.incidents()).hasSize(1);
  }

  @Test
  void linesOfJson_haveNoTotal_andAreInspectedToTheEnd() {
    String lines = "{\"id\":1,\"note\":\"We meet at 3pm, I think.\"}\n".repeat(300_000);
    assertThat(lines.length()).isGreaterThan(12 << 20);

    assertThat(send(lines, "application/x-ndjson")).isNull();
    assertThat(send(lines + "{\"id\":\"" + ATTACK + "\"}\n", "application/x-ndjson")).isNotNull();
  }

  @Test
  void laterWindow_ofALongValue_isNotItsStart() {
    String units = "first;; " + "marker; ".repeat(40_000); // windows start 60 KiB apart
    Waf rules =
        Waf.builder()
            .families()
            .rule(
                Rule.builder("pattern")
                    .when(Condition.on(Target.ARG, Target.BODY).matches("^marker"))
                    .build())
            .rule(
                Rule.builder("prefix")
                    .when(Condition.on(Target.ARG, Target.BODY).beginsWith("marker"))
                    .build())
            .rule(
                Rule.builder("inside")
                    .when(Condition.on(Target.ARG).matches("; \\bmarker"))
                    .build())
            .build();
    Map<String, String> bodies =
        Map.of(
            "text/plain",
            units,
            JSON,
            "{\"a\":{\"b\":\"" + units + "\"}}",
            FORM,
            "a=" + units,
            "application/xml",
            "<a b='" + units + "'>" + units + "<!--" + units + "--></a>",
            "application/grpc",
            "\0\0\4\0\0" + units.substring(0, 4 << 16),
            MULTIPART,
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + units + "\r\n--b--");

    bodies.forEach((type, body) -> {
      WafRequest request =
          WafRequest.of("POST", "/x", Headers.of("Content-Type", type), body.getBytes(ISO_8859_1));
      assertThat(rules.inspect(request).hits())
          .as(type)
          .extracting(RuleHit::rule)
          .containsExactly("inside");
    });
  }

  @Test
  void window_ofALongValue_isItsEndOnlyIfItIsTheLast() {
    String units = "marker; ".repeat(40_000); // a multiple of the distance of windows
    Waf rules =
        Waf.builder()
            .families()
            .rule(
                Rule.builder("pattern")
                    .when(Condition.on(Target.ARG).matches("marker; marker; $"))
                    .build())
            .rule(
                Rule.builder("suffix")
                    .when(Condition.on(Target.ARG).test(new Operator.EndsWith("; ")))
                    .build())
            .build();
    for (int cut = 0; cut < 8; cut++) {
      String value = units.substring(0, units.length() - cut);
      WafRequest request =
          WafRequest.of(
              "POST", "/x", Headers.of("Content-Type", "text/plain"), value.getBytes(ISO_8859_1));
      assertThat(rules.inspect(request).hits())
          .as("without the last %d", cut)
          .extracting(RuleHit::rule)
          .containsExactly(cut == 0 ? new String[] {"pattern", "suffix"} : new String[0]);
    }
  }

  @Test
  void value_thatEndsWithAFullWindow_hasAnEnd() {
    Waf rules =
        Waf.builder()
            .families()
            .rule(Rule.builder("end").when(Condition.on(Target.ARG).matches("attack$")).build())
            .build();
    for (int length = (64 << 10) - 2; length <= (64 << 10) + 2; length++) {
      String value = "x ".repeat(length).substring(0, length - 6) + "attack";
      WafRequest request =
          WafRequest.of(
              "POST", "/x", Headers.of("Content-Type", JSON), bytes("{\"a\":\"" + value + "\"}"));
      assertThat(rules.inspect(request).hits()).as("%d bytes", length).hasSize(1);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Test
  void filesOfAForm_doNotCount_andAFieldBehindThemIsInspected() throws IOException {
    byte[] photo = new byte[5 << 20];
    new Random(5).nextBytes(photo);
    photo[0] = (byte) 0x89;
    System.arraycopy("PNG\r\n\u001a\n".getBytes(ISO_8859_1), 0, photo, 1, 7);

    assertThat(send(form(photo, "3pm"), MULTIPART)).isNull();
    assertThat(send(form(photo, ATTACK), MULTIPART)).isNotNull();
  }

  private static byte[] form(byte[] file, String field) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < 2; i++) {
      body.write(
          "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"p.png\"\r\n\r\n"
              .getBytes(ISO_8859_1));
      body.write(file);
      body.write("\r\n".getBytes(ISO_8859_1));
    }
    body.write(
        ("--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n" + field + "\r\n--b--\r\n")
            .getBytes(ISO_8859_1));
    return body.toByteArray();
  }

  @Test
  void manyFieldsOfAForm_areInspectedOneByOne() {
    for (int fields : List.of(334, 335, 400, 1_000, 10_000)) {
      StringBuilder body = new StringBuilder();
      for (int i = 0; i < fields; i++) {
        body.append("--b\r\nContent-Disposition: form-data; name=\"row[").append(i);
        body.append("]\"\r\n\r\nvalue ").append(i).append("\r\n");
      }
      String attack =
          "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n" + ATTACK + "\r\n--b--\r\n";

      assertThat(send(body + "--b--\r\n", MULTIPART)).as("%d fields", fields).isNull();
      assertThat(send(body + attack, MULTIPART)).as("%d fields, attack", fields).isNotNull();
    }
  }

  @Test
  void compressed_isInspected_bombsAreRejected_unknownCodingsToo() throws IOException {
    WafGuard guard = WafGuard.builder(waf).build();
    String[] coded = {"Content-Type", JSON, "Content-Encoding", "gzip"};

    assertThat(send(guard, gzip("{\"a\":\"b\"}"), coded)).isNull();
    assertThat(send(guard, gzip(bulk(4 << 20) + "{}]"), coded)).isNull();
    assertThat(send(guard, gzip("{\"id\":\"" + ATTACK + "\"}"), coded)).isNotNull();
    assertThat(send(guard, gzip("[" + " ".repeat(64 << 20) + "]"), coded))
        .isNotNull()
        .extracting(Rejection::status)
        .isEqualTo(413);

    Rejection unknown =
        send(guard, new byte[] {1, 2}, "Content-Type", JSON, "Content-Encoding", "br");
    assertThat(unknown).isNotNull().extracting(Rejection::status).isEqualTo(415);
    assertThat(requireNonNull(unknown).headers())
        .contains(java.util.Map.entry("Accept-Encoding", "gzip, deflate"));
    WafGuard lax = WafGuard.builder(waf).rejectUnknownCodings(false).build();
    assertThat(send(lax, new byte[] {1, 2}, "Content-Encoding", "br")).isNull();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(ISO_8859_1));
    }
    return out.toByteArray();
  }

  @Test
  void randomFiles_ofAnySize_passAsUploads() throws IOException {
    Random random = new Random(17);
    for (int kib : new int[] {1, 4, 16, 64, 120, 500}) {
      for (int i = 0; i < 6; i++) {
        byte[] file = new byte[kib << 10];
        random.nextBytes(file);
        assertThat(send(form(file, "x"), MULTIPART)).as("%d KiB in a form", kib).isNull();
        assertThat(send(file, "application/octet-stream")).as("%d KiB", kib).isNull();
        assertThat(send(file, "application/x-protobuf")).as("%d KiB, no file", kib).isNull();
      }
    }
  }
}
