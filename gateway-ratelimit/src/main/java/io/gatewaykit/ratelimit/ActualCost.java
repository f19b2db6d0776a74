package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;

/**
 * Determines the actual cost of a request, for {@link RateLimitGuard.Builder#settle}. A negative
 * result means that it is unknown.
 */
public interface ActualCost {
  /** The result for an unknown cost: the estimate is kept. */
  long UNKNOWN = -1;

  /** Returns the cost stated in the head of the response. Default: unknown. */
  default long onResponse(GatewayRequest request, ResponseHead response) {
    return UNKNOWN;
  }

  /** Returns the cost at completion, if no response stated it. Default: unknown. */
  default long onComplete(GatewayRequest request, Completion completion) {
    return UNKNOWN;
  }

  /**
   * Returns the cost at completion, given the estimate, if no response stated it. Default: {@link
   * #onComplete(GatewayRequest, Completion)}.
   *
   * @param estimate the permits reserved
   */
  default long onComplete(GatewayRequest request, Completion completion, long estimate) {
    return onComplete(request, completion);
  }

  /**
   * Returns the cost in a response header field, as an integer; the field is not removed.
   *
   * @param name the field's name, such as {@code x-tokens-used}
   */
  static ActualCost header(String name) {
    requireNonNull(name, "name");
    return new ActualCost() {
      @Override
      public long onResponse(GatewayRequest request, ResponseHead response) {
        String value = response.headers().first(name);
        return value == null ? UNKNOWN : parse(value);
      }
    };
  }

  /**
   * Returns the cost in an attribute of the request, set by the reader of the response body before
   * the request completes.
   */
  static ActualCost attribute(AttributeKey<Long> key) {
    requireNonNull(key, "key");
    return new ActualCost() {
      @Override
      public long onComplete(GatewayRequest request, Completion completion) {
        Long value = request.attributes().get(key);
        return value == null ? UNKNOWN : value;
      }
    };
  }

  private static long parse(String value) {
    try {
      return Long.parseLong(value.trim());
    } catch (NumberFormatException e) {
      return UNKNOWN;
    }
  }
}
