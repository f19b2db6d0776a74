// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** File names as written by clients, and those on which parsers disagree. */
class DispositionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "filename=\"a;b.pdf\"                        | a;b.pdf",
        "filename=\"report; final.pdf\"              | report; final.pdf",
        "filename=\"say \\\"hi\\\".txt\"             | say \"hi\".txt", // curl, Safari
        "filename=\"say %22hi%22.txt\"               | say \"hi\".txt", // browsers
        "filename=\"C:\\Users\\a.png\"               | C:\\Users\\a.png", // old browsers
        "filename=\"l'\u00e9t\u00e9 = a.png\"        | l'\u00e9t\u00e9 = a.png",
        "filename=a.png                              | a.png",
        "filename*=utf-8''na%C3%AFve%20file.txt      | na\u00c3\u00afve file.txt",
        "filename=\"a.txt\"; filename*=UTF-8''b.txt  | a.txt",
        "filename=\"\"                               | ``",
      })
  void usualNames_areRead_andNoFault(String parameter, String fileName) {
    Disposition read =
        Disposition.parse("Content-Disposition: form-data; name=\"f\"; " + parameter);

    assertThat(read.defect()).isEmpty();
    assertThat(read.name()).isEqualTo("f");
    assertThat(read.fileNames()).contains(fileName);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "filename=\"a.png\"; filename=\"a.php\"",
        "filename=\"a; filename=b.php; c.png\"",
        "filename=\"a\\\"; filename=\\\"b.php\"",
        "filename=\"a; name=evil\"",
        "filename=\"a.png\"b",
        "filename = \"a.png\"",
        "filename=\"a.png",
        "filename*0=\"a.p\"; filename*1=\"hp\"",
        "filename*=a.php",
      })
  void differentials_areDefects(String parameter) {
    assertThat(
            Disposition.parse("Content-Disposition: form-data; name=\"f\"; " + parameter).defect())
        .isNotEmpty();
  }
}
