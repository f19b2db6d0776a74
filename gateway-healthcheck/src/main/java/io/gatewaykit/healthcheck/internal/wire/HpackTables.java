package io.gatewaykit.healthcheck.internal.wire;

import java.util.Arrays;
import java.util.List;

/** The constants of RFC 7541: the static table (appendix A) and the Huffman code (appendix B). */
final class HpackTables {
  /** The symbol that ends a string; it never occurs in one. */
  static final int END = 256;

  static final int LONGEST_CODE = 30;
  private static final int SHORTEST_CODE = 5;

  /** Index 1 first. */
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

  /** For each symbol the length of its code: A is 5 bits, B is 6, and so on. */
  private static final String LENGTHS =
      "ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF"
          + "IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX"
          + "PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS"
          + "VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV"
          + "Z";

  // The code is canonical: ordered by length, then by symbol, each is the one before it plus one.
  private static final int[] FIRST_CODE = new int[LONGEST_CODE + 1];
  private static final int[] FIRST_PLACE = new int[LONGEST_CODE + 2];
  private static final int[] SYMBOLS = new int[END + 1];

  static {
    int code = 0;
    int place = 0;
    for (int length = 1; length <= LONGEST_CODE; length++) {
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
    FIRST_PLACE[LONGEST_CODE + 1] = place;
  }

  private HpackTables() {}

  /** The symbol of a code of a length; -1 if there is none. */
  static int symbol(int code, int length) {
    if (length > LONGEST_CODE) {
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
