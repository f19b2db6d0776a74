// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short texts that are frequent in binary data are no hits in it, at any level. */
class BinaryFilesTest {
  private static final String[] SIGNATURES = {
    "\u0089PNG\r\n\u001a\n", // PNG
    "\u00ff\u00d8\u00ff\u00e0\0\u0010JFIF\0", // JPEG
    "GIF89a\u0001\0\u0001\0",
    "PK\u0003\u0004\u0014\0\0\0\b\0", // ZIP
    "\u001f\u008b\b\0\0\0\0\0\0\u0003", // gzip
    "%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n",
    "wOF2\0\u0001\0\0",
    "\u007fELF\u0002\u0001\u0001\0",
    "RIFF$\0\0\0WAVEfmt ",
    "\0\0\0\u0018ftypmp42",
    "\0asm\u0001\0\0\0",
    "\u0000\u0001\u0002\u0003", // no known format
  };

  private final Waf strict = Waf.builder().paranoia(3).build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<?=", "<%", "${", "<?", "<?php", "%>", "<%=", "{{", "}}", "{%", "#{", "$(", "`", "<!--",
        "<a", "<b>", "../", "'--", "';", "||", "&&", "\0", "%00", "<?=`", "$_", "@@", "/*", "*/",
      })
  void frequentText_inABinaryPart_isNoHit(String text) throws Exception {
    Random random = new Random(text.hashCode());
    for (String signature : SIGNATURES) {
      byte[] file = file(signature, text, random);
      assertThat(part(file).hits()).as("%s in a part", signature).isEmpty();
      assertThat(raw(file, "application/octet-stream").hits()).as("%s", signature).isEmpty();
    }
  }

  /** Returns a file with the text at its start, at its end and in between. */
  private static byte[] file(String signature, String text, Random random) throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(signature.getBytes(ISO_8859_1));
    for (int i = 0; i < 20; i++) {
      byte[] noise = new byte[50];
      random.nextBytes(noise);
      noise[0] = (byte) 0xfe; // ends the run of letters
      file.write(text.getBytes(ISO_8859_1));
      file.write(noise);
    }
    file.write(text.getBytes(ISO_8859_1));
    return file.toByteArray();
  }

  private WafResult part(byte[] file) throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(
        "--b-7f3a\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.dat\"\r\n\r\n"
            .getBytes(ISO_8859_1));
    body.write(file);
    body.write("\r\n--b-7f3a--\r\n".getBytes(ISO_8859_1));
    return strict.inspect(
        WafRequest.of(
            "POST",
            "/upload",
            Headers.of("Content-Type", "multipart/form-data; boundary=b-7f3a"),
            body.toByteArray()));
  }

  private WafResult raw(byte[] file, String type) {
    return strict.inspect(
        WafRequest.of("PUT", "/files/f.dat", Headers.of("Content-Type", type), file));
  }
}
