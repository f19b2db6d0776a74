package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the actual cost of a request from the JSON body of its response, such as {@code
 * usage.total_tokens} of a language model: the largest integer value of a member, at any depth,
 * also in a stream of JSON events. A number at the end of the body, with no byte after it, may be
 * incomplete and is ignored.
 *
 * <p>Guards see the head of a response only. The code that writes the body passes each chunk to
 * {@link #reader}:
 *
 * {@snippet :
 * BodyCost tokens = BodyCost.member("total_tokens"); // also the guard's settle(tokens)
 * BodyCost.Reader usage = tokens.reader(request); // before the first chunk
 * usage.read(chunk); // for each
 * }
 *
 * <p>A reader stores a few numbers, not the body, and takes constant time per byte. It reads bytes
 * as they are, so the body must be in UTF-8 and not compressed. Text in a JSON string cannot be
 * mistaken for the member, because quotes in strings are escaped. JSON supplied by the client and
 * embedded in the body, other than as a string, can raise the cost but not lower it.
 *
 * <p>If the response was not sent completely, its last number may be missing; a number below the
 * estimate is then ignored. Thread-safe.
 */
public final class BodyCost implements ActualCost {
  private static final int MAX_DIGITS = 18;

  private final byte[] quoted;
  private final AttributeKey<Reader> key;

  private BodyCost(String member) {
    quoted = ('"' + member + '"').getBytes(StandardCharsets.US_ASCII);
    key = AttributeKey.of(member);
  }

  /**
   * Returns the cost in a member.
   *
   * @param member the name, without the names of the objects around it
   * @throws IllegalArgumentException if it is empty, or not printable ASCII without quotes and
   *     backslashes
   */
  public static BodyCost member(String member) {
    if (requireNonNull(member, "member").isEmpty()
        || !member.chars().allMatch(c -> c > ' ' && c <= '~' && c != '"' && c != '\\')) {
      throw Arguments.outside(
          "member", member, "a name in printable ASCII without quotes or backslashes");
    }
    return new BodyCost(member);
  }

  /** Returns the reader of a request, which starts a body at its first call. */
  public Reader reader(GatewayRequest request) {
    Reader known = requireNonNull(request, "request").attributes().get(key);
    if (known == null) {
      known = new Reader(quoted);
      request.attributes().set(key, known);
    }
    return known;
  }

  @Override
  public long onComplete(GatewayRequest request, Completion completion, long estimate) {
    @Nullable Reader reader = request.attributes().get(key);
    long cost = reader == null ? UNKNOWN : reader.cost();
    return cost >= estimate || completion.how() == Completion.How.SERVED ? cost : UNKNOWN;
  }

  /** Reads one body. Only {@link #cost} can be called while another thread reads. */
  public static final class Reader {
    private final byte[] quoted;

    /** The matched bytes of the name; then the colon, white space, and the digits of a number. */
    private int matched;

    private boolean colon;
    private int digits;
    private long number;
    private volatile long largest = UNKNOWN;

    private Reader(byte[] quoted) {
      this.quoted = quoted;
    }

    /** Reads a chunk of the body. */
    public void read(byte[] bytes, int offset, int length) {
      int start = Objects.checkFromIndexSize(offset, length, bytes.length);
      for (int i = start; i < start + length; i++) {
        read(bytes[i]);
      }
    }

    /** Reads the remaining bytes of a buffer without changing its position. */
    public void read(ByteBuffer chunk) {
      for (int i = chunk.position(); i < chunk.limit(); i++) {
        read(chunk.get(i));
      }
    }

    private void read(byte b) {
      if (matched < quoted.length) {
        matched = b == quoted[matched] ? matched + 1 : b == '"' ? 1 : 0;
      } else if (digits > 0) {
        readNumber(b);
      } else if (colon && b >= '0' && b <= '9') {
        digits = 1;
        number = (long) b - '0';
      } else if (!colon && b == ':') {
        colon = true;
      } else if (b != ' ' && b != '\t' && b != '\n' && b != '\r') {
        restart(b);
      }
    }

    private void readNumber(byte b) {
      if (b >= '0' && b <= '9') {
        digits = Math.min(digits + 1, MAX_DIGITS + 1);
        number = digits > MAX_DIGITS ? 0 : 10 * number + b - '0';
        return;
      }
      if (digits <= MAX_DIGITS && b != '.' && b != 'e' && b != 'E') {
        largest = Math.max(largest, number);
      }
      restart(b);
    }

    private void restart(byte b) {
      matched = b == '"' ? 1 : 0;
      colon = false;
      digits = 0;
    }

    /** Returns the cost read so far; negative if none was found. */
    public long cost() {
      return largest;
    }
  }
}
