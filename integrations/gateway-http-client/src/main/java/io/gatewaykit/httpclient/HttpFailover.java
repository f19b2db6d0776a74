// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.failover.FailoverGroup;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules by which a client sends its requests to the endpoints of a {@link FailoverGroup}. The
 * payload of an endpoint is its base URI, for example {@code https://10.0.0.1:8443/api}: the
 * endpoint's scheme and authority replace those of the request, and its path is prepended.
 *
 * <p>A request is idempotent if its method is (RFC 9110, section 9.2.2) or it has the configured
 * key. A response with a failure status counts against the endpoint, and an idempotent request is
 * then sent to another endpoint. Status 429, and 503 with {@code Retry-After}, excludes the
 * endpoint for that time and does not count as a failure. If no attempt is left, the application
 * receives the last response.
 *
 * <p>Immutable and thread-safe. The group is not closed by any adapter.
 */
public final class HttpFailover {
  private static final Set<String> IDEMPOTENT_METHODS =
      Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

  private final FailoverGroup<URI> group;
  private final Duration deadline;
  private final IntPredicate failureStatus;
  private final @Nullable String idempotencyKey;
  private final int maxBufferedBody;
  private final boolean preserveHost;
  private final Function<ClientRequest, @Nullable String> key;
  private final @Nullable Executor executor;
  private final @Nullable String loadHeader;

  HttpFailover(HttpFailoverBuilder builder) {
    group = builder.group;
    deadline = builder.deadline == null ? Duration.ofSeconds(30) : builder.deadline;
    failureStatus =
        builder.failureStatus == null
            ? status -> status >= 500 && status <= 599
            : builder.failureStatus;
    idempotencyKey = builder.idempotencyKey;
    maxBufferedBody = builder.maxBufferedBody == null ? 64 << 10 : builder.maxBufferedBody;
    preserveHost = builder.preserveHost;
    key = builder.key == null ? request -> null : builder.key;
    executor = builder.executor;
    loadHeader = builder.loadHeader;
  }

  /** Returns the rules with all defaults. */
  public static HttpFailover of(FailoverGroup<URI> group) {
    return builder(group).build();
  }

  /**
   * Returns a new builder.
   *
   * @param group the endpoints, with their base URIs
   */
  public static HttpFailoverBuilder builder(FailoverGroup<URI> group) {
    return new HttpFailoverBuilder(requireNonNull(group, "group"));
  }

  /** Returns the group. */
  public FailoverGroup<URI> group() {
    return group;
  }

  /** Returns the time limit of a request, over all its attempts. */
  public Duration deadline() {
    return deadline;
  }

  /** Returns the maximum size of a body, in bytes, that is buffered so that it can be repeated. */
  public int maxBufferedBody() {
    return maxBufferedBody;
  }

  /** Returns whether the endpoint receives the authority of the request as {@code Host}. */
  public boolean preservesHost() {
    return preserveHost;
  }

  /** Returns the executor for the attempts of blocking clients; null for the caller's thread. */
  public @Nullable Executor executor() {
    return executor;
  }

  /** Returns whether a response with this status counts as a failure of the endpoint. */
  public boolean isFailure(int status) {
    return failureStatus.test(status);
  }

  /** Returns whether the request may be sent more than once, apart from its body. */
  public boolean isIdempotent(ClientRequest request) {
    return IDEMPOTENT_METHODS.contains(request.method())
        || (idempotencyKey != null && request.header(idempotencyKey) != null);
  }

  /** Returns the header field in which endpoints report their load; null for none. */
  public @Nullable String loadHeader() {
    return loadHeader;
  }

  /** Returns the key for hashing balancers; null for none. */
  public @Nullable String key(ClientRequest request) {
    return key.apply(request);
  }
}
