// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the actual cost from a JSON member in the body of a response: the largest integer value of
 * that name, at any depth.
 *
 * <p>A parser of JSON would have to buffer values and to follow the framing of event streams. This
 * reader matches the quoted name, a colon and a number instead, in constant memory and in constant
 * time per byte, so it reads a single document and a stream of events alike. Text in a JSON string
 * cannot be mistaken for the member, because quotes in strings are escaped. JSON supplied by the
 * client and embedded in the body, other than as a string, can raise the cost but not lower it. A
 * number at the end of the body, with no byte after it, may be incomplete and is ignored.
 */
final class JsonMemberCost implements ActualCost {
  private static final int MAX_DIGITS = 18;

  private final byte[] quoted;
  private final AttributeKey<Reader> key;

  JsonMemberCost(String member) {
    if (requireNonNull(member, "member").isEmpty()
        || !member.chars().allMatch(c -> c > ' ' && c <= '~' && c != '"' && c != '\\')) {
      throw Arguments.outside(
          "member", member, "a name in printable ASCII without quotes or backslashes");
    }
    quoted = ('"' + member + '"').getBytes(StandardCharsets.US_ASCII);
    key = AttributeKey.of(member);
  }

  @Override
  public @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    String coding = response.headers().first("Content-Encoding");
    if (coding != null && !coding.equalsIgnoreCase("identity")) {
      return null;
    }
    var reader = new Reader(quoted);
    request.attributes().set(key, reader);
    return reader;
  }

  @Override
  public long onComplete(GatewayRequest request, Completion completion, long estimate) {
    @Nullable Reader reader = request.attributes().get(key);
    long cost = reader == null ? UNKNOWN : reader.largest;
    return cost >= estimate || completion.kind() == Completion.Kind.SERVED ? cost : UNKNOWN;
  }

  /** Reads one body. */
  private static final class Reader implements BodyObserver {
    private final byte[] quoted;

    /** The matched bytes of the name; then the colon, white space, and the digits of a number. */
    private int matched;

    private boolean colon;
    private int digits;
    private long number;

    /** Volatile: read at completion, possibly on another thread. */
    private volatile long largest = UNKNOWN;

    private Reader(byte[] quoted) {
      this.quoted = quoted;
    }

    @Override
    public void onBytes(ByteBuffer bytes) {
      for (int i = bytes.position(); i < bytes.limit(); i++) {
        read(bytes.get(i));
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
  }
}
