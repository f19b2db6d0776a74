// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The division of a body into chunks does not change the values read. */
class ChunksPropertyTest {
  private static final List<String> TYPES =
      List.of(
          "",
          "application/x-www-form-urlencoded",
          "application/json",
          "application/json; charset=utf-16",
          "application/x-ndjson",
          "application/xml",
          "multipart/form-data; boundary=b",
          "multipart/mixed; boundary=b",
          "application/grpc",
          "application/grpc-web-text",
          "image/png",
          "text/html",
          "text/plain");

  private static final List<String> PIECES =
      List.of(
          "{\"a\":[1,\"b\\u00e9\\ud83d\\ude00\",{\"c\":-1.5e3,\"d\":true}]}",
          "\n{\"x\":\"<y>\"}",
          "{\"a\":\"\\q",
          "a=%3cb%3e&c=d+e&&=f",
          "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b \"c\"><!-- > -->]><a b='c'>x<!-- -- n --->"
              + "<![CDATA[y]]]]></a>",
          "<svg xmlns='x'><script>y</script></svg>",
          "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo",
          "\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"g.png\"\r\n"
              + "Content-Type: image/png\r\n\r\n\u0089PNG\r\n\u001a\n\0<?php x\r\n",
          "\r\n--b--\r\n",
          "\r\n--bc\r\n",
          "\r\n-",
          "\0\0\0\0\u000b\n\u0009some text!",
          "\u00ff\u00fe<\0a\0/\0>\0",
          "\u00ef\u00bb\u00bf",
          "AAAAAAsKCXNvbWUgdGV4dCE=",
          "\u0001\u0002\u0003\u0004\u0005\u0006\u0007",
          "plain text, nothing else. ");

  @Property(tries = 2_000, seed = "1")
  void anyCuts_giveTheSameValues(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      String piece = PIECES.get(random.nextInt(PIECES.size()));
      text.append(piece.repeat(random.nextInt(9) == 0 ? 40 : 1));
    }
    String type = TYPES.get(random.nextInt(TYPES.size()));
    String coding = List.of("", "", "gzip", "deflate").get(random.nextInt(4));
    byte[] body = coded(text.toString().getBytes(ISO_8859_1), coding, random);
    BodyHead head =
        new BodyHead("POST", "/", type.isEmpty() ? List.of() : List.of(type), List.of(coding), "");
    boolean complete = random.nextBoolean();

    Recorded whole = new Recorded();
    whole.read(head, Recorded.LIMITS, body, Integer.MAX_VALUE, complete);
    Recorded bytewise = new Recorded();
    bytewise.read(head, Recorded.LIMITS, body, 1, complete);
    Recorded chunked = new Recorded();
    chunked.read(head, Recorded.LIMITS, body, 1 + random.nextInt(200), complete);

    // Two readers of a body alternate by chunks, so the order across both can differ.
    for (Recorded other : List.of(bytewise, chunked)) {
      assertThat(other.values)
          .as("%s %s: %s", type, coding, text)
          .containsExactlyInAnyOrderElementsOf(whole.values);
      assertThat(other.defects).containsExactlyInAnyOrderElementsOf(whole.defects);
    }
  }

  private static byte[] coded(byte[] body, String coding, Random random) throws Exception {
    if (coding.isEmpty() || random.nextInt(8) == 0) {
      return body; // the label can be wrong
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater =
        coding.equals("gzip")
            ? new GZIPOutputStream(out)
            : new DeflaterOutputStream(out, new Deflater(6, random.nextBoolean()))) {
      deflater.write(body);
    }
    byte[] coded = out.toByteArray();
    if (random.nextInt(6) == 0) {
      coded[random.nextInt(coded.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return coded;
  }
}
