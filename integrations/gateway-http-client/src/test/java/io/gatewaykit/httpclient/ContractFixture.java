// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.RetryPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * Two real servers on loopback and a group of them. Endpoint a-1 is preferred; the requests that it
 * does not serve go to b-1.
 */
public abstract class ContractFixture {
  /** The reason that .ci/run permits for a skipped test of the contract. */
  static final String UNSUPPORTED = "not supported by this client";

  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
  }

  /** A request to send. A body that is not repeatable must come from a stream or its like. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  protected record Message(
      String method, String uri, Map<String, String> headers, byte[] body, boolean repeatable) {}

  /** A response whose body may still be open. */
  protected interface Reply extends AutoCloseable {
    int status();

    InputStream body() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** Sends requests through the adapter. */
  protected interface Sender extends AutoCloseable {
    /** Returns the response with its body open. Throws the exception that applications see. */
    Reply send(Message message) throws Exception;

    /** Cancels the requests in flight by the client's own method. */
    default void cancelAll() {
      throw new UnsupportedOperationException();
    }

    @Override
    default void close() throws IOException {}
  }

  /** Creates the fixture of one adapter. */
  protected ContractFixture() {}

  final List<String> outcomes = new CopyOnWriteArrayList<>();
  TestServer a;
  TestServer b;
  @Nullable FailoverGroup<URI> group;

  /** Returns the adapter around a client with these rules. */
  protected abstract Sender sender(HttpFailover failover) throws Exception;

  /** Adds what this adapter needs to hedge. */
  protected HttpFailoverBuilder settings(HttpFailoverBuilder builder) {
    return builder;
  }

  protected boolean hedges() {
    return true;
  }

  /** Returns whether an attempt without a response is aborted at its time limit. */
  protected boolean abortsAttempts() {
    return true;
  }

  /** Returns whether the client can send a body that it cannot repeat. */
  protected boolean sendsOnce() {
    return true;
  }

  /** Returns whether the host of the request can be sent to another endpoint. */
  protected boolean preservesHost() {
    return true;
  }

  /** Returns the exceptions that report a timeout, the outermost or a cause. */
  protected abstract Class<? extends Exception> timeout();

  @BeforeEach
  void startServers() throws IOException {
    a = TestServer.start();
    b = TestServer.start().will(TestServer.respond(200, "b"));
  }

  @AfterEach
  void stopServers() throws IOException {
    a.close();
    b.close();
    if (group != null) {
      group.close();
    }
  }

  HttpFailoverBuilder failover(RetryPolicy policy, URI first, URI second) {
    group =
        FailoverGroup.<URI>builder("shop")
            .line(Line.of("a", 0, Endpoint.of("a-1", first)))
            .line(Line.of("b", 1, Endpoint.of("b-1", second)))
            .retry(policy)
            .report((id, outcome, status, nanos) -> outcomes.add(id + " " + outcome))
            .build();
    return settings(HttpFailover.builder(group));
  }

  HttpFailoverBuilder failover() {
    return failover(RetryPolicy.defaults(), a.uri(), b.uri());
  }

  HttpFailoverBuilder failover(RetryPolicy.Builder policy) {
    return failover(policy.build(), a.uri(), b.uri());
  }

  static URI refused() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  static Message get(String path) {
    return new Message("GET", "http://shop.example" + path, Map.of(), new byte[0], true);
  }

  static Message post() {
    return new Message("POST", "http://shop.example/orders", Map.of(), bytes("order"), true);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Sends a request and returns the status and the body. */
  String send(HttpFailoverBuilder failover, Message message) throws Exception {
    try (Sender sender = sender(failover.build())) {
      return send(sender, message);
    }
  }

  static String send(Sender sender, Message message) throws Exception {
    try (Reply reply = sender.send(message)) {
      return reply.status() + " " + new String(reply.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  long inFlight() {
    return requireNonNull(group).snapshot().lines().stream()
        .mapToLong(line -> line.traffic().inFlight())
        .sum();
  }

  void assertLeasesEnded() {
    await().atMost(Duration.ofSeconds(10)).until(() -> inFlight() == 0);
    assertThat(requireNonNull(group).snapshot().misuse().doubleEnds()).isZero();
  }

  /** Waits for the outcomes, since those of cancelled attempts may follow the result. */
  void assertOutcomes(String... expected) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(outcomes).containsExactly(expected));
    assertLeasesEnded();
  }

  static boolean contains(Throwable failure, Class<?> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
