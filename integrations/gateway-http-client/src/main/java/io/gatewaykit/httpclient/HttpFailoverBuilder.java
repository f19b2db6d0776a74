// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.upstream.LoadReport;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Lease;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.failover.SelectContext;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of an {@link HttpFailover}, each set at most once. Attempts, the time limit
 * of an attempt, back-off and hedging are settings of the group's {@link RetryPolicy}. Not
 * thread-safe.
 */
public final class HttpFailoverBuilder {
  private static final Duration MAX_TIME = Duration.ofDays(1);
  private static final int MAX_BUFFER = 16 << 20;

  final FailoverGroup<URI> group;
  @Nullable Duration deadline;
  @Nullable IntPredicate failureStatus;
  @Nullable String idempotencyKey;
  @Nullable Integer maxBufferedBody;
  boolean preserveHost;
  @Nullable Function<ClientRequest, @Nullable String> key;
  @Nullable Executor executor;
  @Nullable String loadHeader;

  HttpFailoverBuilder(FailoverGroup<URI> group) {
    this.group = group;
  }

  /**
   * Sets the time limit of a request until its response, over all attempts and waits; more than
   * zero and at most a day. A shorter time limit of the request itself takes precedence. It covers
   * the body only if the client reads the body before it returns the response. Default: 30 seconds.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public HttpFailoverBuilder deadline(Duration time) {
    Duration checked = Arguments.positive("deadline", time, MAX_TIME);
    deadline = Arguments.once("deadline", deadline, checked);
    return this;
  }

  /**
   * Sets the statuses that count as failures of the endpoint. Default: 500 to 599. Status 429, and
   * 503 with {@code Retry-After}, are pushback in any case ({@link Lease#pushBack}).
   */
  public HttpFailoverBuilder failureStatus(IntPredicate statuses) {
    failureStatus = Arguments.once("failureStatus", failureStatus, statuses);
    return this;
  }

  /**
   * Sets the header field, such as {@code Idempotency-Key}, that makes a request idempotent
   * regardless of its method. Only for servers that execute requests with the same key once.
   * Default: none.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public HttpFailoverBuilder idempotencyKey(String header) {
    if (header.isBlank()) {
      throw Arguments.outside("idempotencyKey", "\"" + header + "\"", "the name of a header field");
    }
    idempotencyKey = Arguments.once("idempotencyKey", idempotencyKey, header);
    return this;
  }

  /**
   * Sets the size up to which the body of an idempotent request is buffered if the client cannot
   * produce it again, 0 to 16 MiB. A request with a larger body of this kind is sent once. Default:
   * 64 KiB.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public HttpFailoverBuilder maxBufferedBody(int bytes) {
    int checked = Arguments.range("maxBufferedBody", bytes, 0, MAX_BUFFER);
    maxBufferedBody = Arguments.once("maxBufferedBody", maxBufferedBody, checked);
    return this;
  }

  /**
   * Sends the authority of the request's URI as {@code Host}, for virtual hosts. The connection and
   * its TLS still use the host of the endpoint. Default: the authority of the endpoint.
   */
  public HttpFailoverBuilder preserveHost() {
    preserveHost = Arguments.once("preserveHost", preserveHost ? true : null, true);
    return this;
  }

  /**
   * Sets the function that returns the key of a request for hashing balancers, or null for none;
   * see {@link SelectContext#key(CharSequence)}. Must be thread-safe. Default: no key.
   */
  public HttpFailoverBuilder key(Function<ClientRequest, @Nullable String> key) {
    this.key = Arguments.once("key", this.key, key);
    return this;
  }

  /**
   * Sets the executor on which blocking clients run their attempts, one thread per attempt; never
   * shut down. It is required for hedging with these clients. Virtual threads or a pool without a
   * queue are suitable. Other clients ignore it. Default: the caller's thread, without hedging.
   */
  public HttpFailoverBuilder executor(Executor executor) {
    this.executor = Arguments.once("executor", this.executor, executor);
    return this;
  }

  /**
   * Sets the header field of responses in which endpoints report their load, such as {@link
   * LoadReport#HEADER}, in a format of {@link LoadReport#parse}. It takes effect if the group has
   * {@link io.gatewaykit.failover.EndpointPolicy.Builder#balanceLoad}. Default: none.
   *
   * @throws IllegalArgumentException if it is blank
   */
  public HttpFailoverBuilder loadHeader(String header) {
    if (header.isBlank()) {
      throw Arguments.outside("loadHeader", "\"" + header + "\"", "the name of a header field");
    }
    loadHeader = Arguments.once("loadHeader", loadHeader, header);
    return this;
  }

  /** Builds the rules. */
  public HttpFailover build() {
    return new HttpFailover(this);
  }
}
