package io.gatewaykit.api.guard;

import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Turns a refusal into the response that the client gets. Thread-safe; adapters call it once for
 * each refused request, and send no body where the method was {@code HEAD}.
 */
@FunctionalInterface
public interface RejectionRenderer {

  /** Returns the response for a refused request. */
  Response render(GatewayRequest request, Rejection rejection);

  /**
   * Renders the refusal; as {@link #problemJson()} where this renderer throws, or returns a status
   * outside 200 to 599. Never throws: what adapters call.
   */
  default Response renderOrProblem(GatewayRequest request, Rejection rejection) {
    return RenderingFallback.render(this, request, rejection);
  }

  /**
   * Returns a renderer whose responses scripts of other origins can read, too: without it a browser
   * hides a refusal from the page that sent the request. Adds the fields of CORS, with credentials
   * allowed, where the request's {@code Origin} is accepted.
   *
   * @param origins accepts origins such as {@code https://app.example}
   */
  default RejectionRenderer readableFrom(Predicate<? super String> origins) {
    return new CorsRenderer(this, origins);
  }

  /**
   * A response, ready to send. {@code Content-Length} and {@code Connection} are the adapter's
   * business.
   *
   * @param status the status code
   * @param headers the header fields, in order
   * @param body the body, sent as UTF-8
   */
  record Response(int status, List<Map.Entry<String, String>> headers, String body) {}

  /**
   * Returns the default: {@code application/problem+json} of RFC 9457, with {@code Retry-After}.
   */
  static RejectionRenderer problemJson() {
    return ProblemJson.INSTANCE;
  }
}
