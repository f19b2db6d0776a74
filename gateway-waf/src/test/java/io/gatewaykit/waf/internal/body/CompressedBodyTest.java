// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressedBodyTest {
  private static final List<String> JSON = List.of("application/json");

  private static Recorded read(byte[] body, String... codings) {
    Recorded read = new Recorded();
    read.read(Recorded.head(JSON, codings), Recorded.LIMITS, body, 7, true);
    return read;
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(ISO_8859_1));
    }
    return out.toByteArray();
  }

  private static byte[] deflate(String text, int level, boolean raw) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, new Deflater(level, raw))) {
      deflate.write(text.getBytes(ISO_8859_1));
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "x-gzip", "GZIP", " gzip ", "identity, gzip"})
  void gzip_isInflated(String coding) throws IOException {
    Recorded read = read(gzip("{\"a\":\"b\"}"), coding);

    assertThat(read.defects).isEmpty();
    assertThat(read.values).containsExactly("ARG_NAME a=a", "ARG a=b");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6, 9})
  void deflate_withAndWithoutItsHeader_isInflated(int level) throws IOException {
    for (boolean raw : new boolean[] {true, false}) {
      Recorded read = read(deflate("{\"a\":\"b\"}", level, raw), "deflate");

      assertThat(read.defects).isEmpty();
      assertThat(read.values).contains("ARG a=b");
    }
  }

  @Test
  void members_withEveryFieldOfTheHeader_areReadAsOneStream() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(gzip("{\"a\":"));
    byte[] content = deflate("\"b\"}", 6, true);
    body.write(new byte[] {0x1F, (byte) 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3});
    body.write(new byte[] {3, 0, 'x', 'y', 'z'});
    body.write("name\0comment\0".getBytes(ISO_8859_1));
    body.write(new byte[] {1, 2});
    body.write(content);
    CRC32 crc = new CRC32();
    crc.update("\"b\"}".getBytes(ISO_8859_1));
    for (long number : new long[] {crc.getValue(), 4}) {
      for (int i = 0; i < 4; i++) {
        body.write((int) (number >> 8 * i));
      }
    }

    Recorded read = read(body.toByteArray(), "gzip");

    assertThat(read.defects).isEmpty();
    assertThat(read.values).contains("ARG a=b");
  }

  private static byte[] gzipNamed(String name, String text) throws IOException {
    byte[] plain = gzip(text);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(plain, 0, 3);
    out.write(8); // a name follows the header
    out.write(plain, 4, 6);
    out.write((name + "\0").getBytes(ISO_8859_1));
    out.write(plain, 10, plain.length - 10);
    return out.toByteArray();
  }

  @Test
  void nameInTheHeaderOfGzip_isReadAsByAServerThatIgnoresTheCoding() throws IOException {
    Recorded form = new Recorded();
    byte[] body = gzipNamed("&q=attack&", "a=b");
    List<String> type = List.of("application/x-www-form-urlencoded");
    form.read(Recorded.head(type, "gzip"), Recorded.LIMITS, body, 7, true);

    assertThat(form.values).contains("ARG a=b", "ARG q=attack");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=b",
        "text/plain",
        ""
      })
  void fileNameInTheHeaderOfGzip_isNoFault(String type) throws IOException {
    String text = type.startsWith("multipart") ? "--b\r\n\r\nx\r\n--b--\r\n" : "{\"a\":\"b\"}";
    Recorded named = new Recorded();
    List<String> types = type.isEmpty() ? List.of() : List.of(type);
    named.read(
        Recorded.head(types, "gzip"), Recorded.LIMITS, gzipNamed("report.json", text), 7, true);
    Recorded unnamed = new Recorded();
    unnamed.read(Recorded.head(types, "gzip"), Recorded.LIMITS, gzip(text), 7, true);

    assertThat(named.defects).isEqualTo(unnamed.defects);
    assertThat(named.values).containsAll(unnamed.values);
  }

  @Test
  void plainText_underTheLabelOfACoding_isInspected() {
    assertThat(read("{\"a\":\"b\"}".getBytes(ISO_8859_1), "gzip").values).contains("ARG a=b");
    assertThat(read("{\"a\":\"b\"}".getBytes(ISO_8859_1), "deflate").values).contains("ARG a=b");
    assertThat(read("{\"a\":\"b\"}".getBytes(ISO_8859_1), "br").values).contains("ARG a=b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "zstd", "gzip, gzip", "deflate, gzip", "compress"})
  void otherCodings_areReported(String coding) {
    assertThat(read(new byte[] {1, 2, 3}, coding).defects)
        .contains("coding: a coding that is not decoded: " + coding);
  }

  @Test
  void damaged_isAFault() throws IOException {
    byte[] body = gzip("{\"a\":\"b\"}");
    byte[] cut = java.util.Arrays.copyOf(body, body.length - 12);
    byte[] tail = java.util.Arrays.copyOf(body, body.length + 3);
    tail[tail.length - 1] = 'x';
    body[12] ^= 0x55;

    assertThat(read(body, "gzip").defects).isNotEmpty();
    assertThat(read(cut, "gzip").defects).anyMatch(defect -> defect.startsWith("gzip: truncated"));
    assertThat(read(tail, "gzip").defects).contains("gzip: data after the end, byte 9");
  }

  @Test
  void bomb_isCutAtTheRatio() throws IOException {
    byte[] bomb = gzip("[" + " ".repeat(64 << 20) + "]");
    BodyLimits limits = new BodyLimits(1 << 20, 1 << 30, 1 << 20, 64, 100);
    Recorded read = new Recorded();

    read.read(Recorded.head(JSON, "gzip"), limits, bomb, 1_000, true);

    assertThat(read.defects)
        .containsExactly("oversize: inflated: more than 100 times the bytes received");
  }

  /** Each body inflates to 64 MiB without the bounds. */
  @ParameterizedTest
  @ValueSource(strings = {"blanks", "one string", "many fields", "many members"})
  void bomb_costsBoundedMemoryAndWork(String kind) throws IOException {
    byte[] bomb =
        switch (kind) {
          case "blanks" -> gzip("[" + " ".repeat(64 << 20) + "]");
          case "one string" -> gzip("[\"" + "a".repeat(64 << 20) + "\"]");
          case "many fields" -> gzip("[" + "{\"a\":1},".repeat(8 << 20) + "{}]");
          default -> repeated(gzip(" ".repeat(64 << 10)), 1 << 10);
        };
    BodyLimits limits = new BodyLimits(1 << 20, 4 << 20, 1 << 20, 64, 100);
    for (int i = 0; i < 2; i++) { // the first pass loads classes
      long[] work = {0};
      ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long allocated = thread.getCurrentThreadAllocatedBytes();
      try (Body body =
          new Body(
              Recorded.head(JSON, "gzip"),
              limits,
              (target, name, text) -> work[0] += text.length())) {
        for (int at = 0; at < bomb.length; at += 8 << 10) {
          body.feed(bomb, at, Math.min(bomb.length, at + (8 << 10)));
        }
        body.finish(true);
      }
      allocated = thread.getCurrentThreadAllocatedBytes() - allocated;
      assertThat(work[0]).as("characters to inspect").isLessThan(1L << 20);
      if (i > 0) { // a name and a value of 500,000 fields have an object each
        long mib = kind.equals("many fields") ? 48 : 2;
        assertThat(allocated).as("allocated bytes").isLessThan(mib << 20);
      }
    }
  }

  private static byte[] repeated(byte[] member, int times) {
    byte[] all = new byte[Math.multiplyExact(member.length, times)];
    for (int i = 0; i < times; i++) {
      System.arraycopy(member, 0, all, i * member.length, member.length);
    }
    return all;
  }

  @Test
  void compressedFile_withoutALabel_isAFile() throws IOException {
    Recorded read = new Recorded();

    read.read(
        Recorded.head(List.of("application/gzip")),
        Recorded.LIMITS,
        gzip("<?php system($_GET[1]);"),
        9,
        true);

    assertThat(read.values).isEmpty();
    assertThat(read.defects).isEmpty();
  }
}
