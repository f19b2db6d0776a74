// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import java.util.Arrays;
import java.util.List;

/** The constants of RFC 7541: the static table (appendix A) and the Huffman code (appendix B). */
final class HpackTables {
  /** The end-of-string symbol; it never occurs within a string. */
  static final int END = 256;

  static final int MAX_CODE_BITS = 30;
  private static final int SHORTEST_CODE = 5;

  /** Starts with index 1. */
  static final List<Hpack.Field> STATIC =
      fields(
          ":authority=",
          ":method=GET",
          ":method=POST",
          ":path=/",
          ":path=/index.html",
          ":scheme=http",
          ":scheme=https",
          ":status=200",
          ":status=204",
          ":status=206",
          ":status=304",
          ":status=400",
          ":status=404",
          ":status=500",
          "accept-charset=",
          "accept-encoding=gzip, deflate",
          "accept-language=",
          "accept-ranges=",
          "accept=",
          "access-control-allow-origin=",
          "age=",
          "allow=",
          "authorization=",
          "cache-control=",
          "content-disposition=",
          "content-encoding=",
          "content-language=",
          "content-length=",
          "content-location=",
          "content-range=",
          "content-type=",
          "cookie=",
          "date=",
          "etag=",
          "expect=",
          "expires=",
          "from=",
          "host=",
          "if-match=",
          "if-modified-since=",
          "if-none-match=",
          "if-range=",
          "if-unmodified-since=",
          "last-modified=",
          "link=",
          "location=",
          "max-forwards=",
          "proxy-authenticate=",
          "proxy-authorization=",
          "range=",
          "referer=",
          "refresh=",
          "retry-after=",
          "server=",
          "set-cookie=",
          "strict-transport-security=",
          "transfer-encoding=",
          "user-agent=",
          "vary=",
          "via=",
          "www-authenticate=");

  /** The code length of each symbol: A is 5 bits, B is 6, and so on. */
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
          + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
          + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
          + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV"
          + "Z";

  // The code is canonical: in order of length, then symbol, each code is the previous one plus one.
  private static final int[] FIRST_CODE = new int[MAX_CODE_BITS + 1];
  private static final int[] FIRST_PLACE = new int[MAX_CODE_BITS + 2];
  private static final int[] SYMBOLS = new int[END + 1];

  static {
    int code = 0;
    int place = 0;
    for (int length = 1; length <= MAX_CODE_BITS; length++) {
      code <<= 1;
      FIRST_CODE[length] = code;
      FIRST_PLACE[length] = place;
      for (int symbol = 0; symbol <= END; symbol++) {
        if (LENGTHS.charAt(symbol) - 'A' + SHORTEST_CODE == length) {
          SYMBOLS[place++] = symbol;
          code++;
        }
      }
    }
    FIRST_PLACE[MAX_CODE_BITS + 1] = place;
  }

  private HpackTables() {}

  /** Returns the symbol of a code of the given length; -1 if undefined. */
  static int symbol(int code, int length) {
    if (length > MAX_CODE_BITS) {
      return -1;
    }
    int place = FIRST_PLACE[length] + code - FIRST_CODE[length];
    boolean known = place >= FIRST_PLACE[length] && place < FIRST_PLACE[length + 1];
    return known ? SYMBOLS[place] : -1;
  }

  private static List<Hpack.Field> fields(String... entries) {
    return Arrays.stream(entries).map(HpackTables::field).toList();
  }

  private static Hpack.Field field(String entry) {
    int equals = entry.indexOf('=');
    return new Hpack.Field(entry.substring(0, equals), entry.substring(equals + 1));
  }
}
