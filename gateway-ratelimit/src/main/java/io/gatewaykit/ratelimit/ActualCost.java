// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.GatewayRequest;
import org.jspecify.annotations.Nullable;

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

  /**
   * Returns an observer of the body of the response, from which {@code onComplete} derives the
   * cost; null for none. Default: none. See {@link
   * io.gatewaykit.api.guard.Guard#observeResponseBody}.
   */
  default @Nullable BodyObserver observeResponseBody(
      GatewayRequest request, ResponseHead response) {
    return null;
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
   * Returns the cost in a JSON member in the body of the response, such as {@code total_tokens} of
   * a language model: the largest integer value of that name, at any depth, also in a stream of
   * JSON events. The adapter passes the body as it is sent; a few numbers are stored per response.
   *
   * <p>The cost is unknown if the body has a {@code Content-Encoding}, such as gzip. If the
   * response was not sent completely, its last number may be missing; a cost below the estimate is
   * then ignored. The body must be in UTF-8.
   *
   * @param member the name, without the names of the objects around it
   * @throws IllegalArgumentException if it is empty, or not printable ASCII without quotes and
   *     backslashes
   */
  static ActualCost jsonMember(String member) {
    return new JsonMemberCost(member);
  }

  /**
   * Returns the cost in an attribute of the request, set by the application before the request
   * completes.
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
