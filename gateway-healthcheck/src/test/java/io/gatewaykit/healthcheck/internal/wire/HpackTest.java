// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HpackTest {
  private static List<String> read(Hpack hpack, String hex) throws Hpack.MalformedException {
    return hpack.read(HexFormat.of().parseHex(hex.replace(" ", ""))).stream()
        .map(field -> field.name() + ": " + field.value())
        .toList();
  }

  /** The single fields of RFC 7541, appendix C.2. */
  static Stream<Arguments> fields() {
    return Stream.of(
        arguments(
            "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
            "custom-key: custom-header",
            55),
        arguments("040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path", 0),
        arguments("1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret", 0),
        arguments("82", ":method: GET", 0));
  }

  @ParameterizedTest
  @MethodSource("fields")
  void field_ofAppendixC2_isRead(String hex, String field, int tableSize) throws Exception {
    var hpack = new Hpack();
    assertThat(read(hpack, hex)).containsExactly(field);
    assertThat(hpack.tableSize()).isEqualTo(tableSize);
  }

  /** The requests of appendices C.3 (plain) and C.4 (Huffman): one table for all three. */
  static Stream<List<String>> requests() {
    return Stream.of(
        List.of(
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65"),
        List.of(
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void requests_ofAppendixC3AndC4_areReadWithOneTable(List<String> blocks) throws Exception {
    var hpack = new Hpack();
    assertThat(read(hpack, blocks.get(0)))
        .containsExactly(
            ":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
    assertThat(hpack.tableSize()).isEqualTo(57);
    assertThat(read(hpack, blocks.get(1)))
        .endsWith(":authority: www.example.com", "cache-control: no-cache");
    assertThat(hpack.tableSize()).isEqualTo(110);
    assertThat(read(hpack, blocks.get(2)))
        .containsExactly(
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value");
    assertThat(hpack.tableSize()).isEqualTo(164);
  }

  /**
   * The responses of appendices C.5 (plain) and C.6 (Huffman): one table of 256 octets, which
   * evicts, for all three.
   */
  static Stream<List<String>> responses() {
    return Stream.of(
        List.of(
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133"
                + "2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861"
                + "6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d"
                + "54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f"
                + "5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572"
                + "7369 6f6e 3d31"),
        List.of(
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6"
                + "2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab"
                + "77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5"
                + "291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07"));
  }

  @ParameterizedTest
  @MethodSource("responses")
  void responses_ofAppendixC5AndC6_evictWhatNoLongerFits(List<String> blocks) throws Exception {
    var hpack = new Hpack();
    assertThat(read(hpack, "3fe1 01" + blocks.get(0)))
        .containsExactly(
            ":status: 302",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com");
    assertThat(hpack.tableSize()).isEqualTo(222);
    assertThat(read(hpack, blocks.get(1)))
        .containsExactly(
            ":status: 307",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com");
    assertThat(hpack.tableSize()).isEqualTo(222);
    assertThat(read(hpack, blocks.get(2)))
        .containsExactly(
            ":status: 200",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com",
            "content-encoding: gzip",
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
    assertThat(hpack.tableSize()).isEqualTo(215);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedBlock_isRejected(String hex) {
    assertThatExceptionOfType(Hpack.MalformedException.class)
        .isThrownBy(() -> read(new Hpack(), hex));
  }

  static Stream<String> malformed() {
    return Stream.of(
        "80", // index 0
        "be", // an empty dynamic table
        "ffffffffff0f", // an integer without end
        "0005", // a string longer than the block
        "3fe1ff03", // a table above the permitted size
        "823f00", // a size update after a field
        "0081ff00", // eight bits of padding
        "008100"); // padding that is not all ones
  }

  @Test
  void noise_isReadOrRejected_neverAnythingElse() {
    var random = new Random(7541);
    int refused = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] block = new byte[random.nextInt(40)];
      random.nextBytes(block);
      try {
        assertThat(new Hpack().read(block)).isNotNull();
      } catch (Hpack.MalformedException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
