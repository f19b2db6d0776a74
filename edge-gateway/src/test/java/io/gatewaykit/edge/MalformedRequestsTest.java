// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Malformed requests are rejected and their connections closed, with no 5xx and no hang. */
@Timeout(180)
@SuppressWarnings("StringConcatToTextBlock") // HTTP uses other line ends than text blocks
class MalformedRequestsTest {
  private static final int MANY = 10_000;
  private static final String POST = "POST / HTTP/1.1\r\nHost: h\r\n";

  private EdgeGateway gateway;

  @BeforeEach
  void start() throws Exception {
    SimulatedLines lines = SimulatedLines.start();
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    gateway = EdgeGateway.startDemo(DemoConfig.of(lines).withAddresses(anyPort, anyPort), lines, 1);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  /** The requests, each with its permitted responses. */
  static List<Malformed> malformed() {
    return List.of(
        new Malformed("garbage", "\u0016\u0003\u0001\u0002\r\n\r\n", "400"),
        new Malformed("no version", "GET /\r\nHost: h\r\n\r\n", "400"),
        new Malformed("long line", "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n", "414"),
        new Malformed(
            "large fields",
            "GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(80_000) + "\r\n\r\n",
            "431"),
        new Malformed("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        new Malformed("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        new Malformed(
            "length and chunked",
            POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
            "400"),
        new Malformed(
            "two lengths", POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", "400"),
        new Malformed("signed length", POST + "Content-Length: +4\r\n\r\nabcd", "400"),
        new Malformed("negative length", POST + "Content-Length: -1\r\n\r\nabcd", "400"),
        new Malformed(
            "hidden encoding", POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"),
        new Malformed(
            "encoding twice",
            POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            "400"),
        new Malformed(
            "chunked in 1.0",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400"),
        new Malformed("blank in name", POST + "Content-Length : 4\r\n\r\nabcd", "400"),
        new Malformed("NUL in value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\u0000b\r\n\r\n", "400"),
        new Malformed(
            "folded field",
            "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
            "400"),
        new Malformed("bare LF", "GET / HTTP/1.1\nHost: h\n\n", "400"),
        new Malformed(
            "bad chunk size", POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", "400"),
        new Malformed(
            "chunk too long for a number",
            POST + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n",
            "400"));
  }

  record Malformed(String name, String bytes, String status) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Sends a request and returns the status, "closed" or other bytes. The connection must end. */
  private String outcome(String bytes) throws IOException {
    try (RawClient client = new RawClient(gateway.address().getPort())) {
      client.send(bytes);
      String answer = client.readAll();
      if (answer.isEmpty() || answer.equals("reset")) {
        return "closed";
      }
      return answer.startsWith("HTTP/1.1 ") ? answer.substring(9, 12) : answer;
    }
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedRequest_isRejectedAndTheConnectionCloses(Malformed request) throws IOException {
    assertThat(outcome(request.bytes())).isEqualTo(request.status());
  }

  @Test
  void manyMalformedRequests_neverHangNorFail() throws IOException {
    var random = new Random(20_260_101);
    var outcomes = new TreeMap<String, Integer>();
    List<Malformed> samples = malformed();
    for (int i = 0; i < MANY; i++) {
      Malformed sample = samples.get(random.nextInt(samples.size()));
      outcomes.merge(outcome(sample.bytes()), 1, Integer::sum);
    }
    // A client that is still sending at the close can receive the reset before the response.
    assertThat(outcomes.keySet()).isSubsetOf("400", "413", "414", "431", "closed");
    assertThat(outcomes.getOrDefault("400", 0)).isGreaterThan(MANY / 2);
    try (RawClient client = new RawClient(gateway.address().getPort())) {
      client.send("GET /still-there HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(gateway.status().traffic().failed()).isZero();
  }
}
