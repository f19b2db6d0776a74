// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.torture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Sends a case through a proxy, followed by another request in the same packet, and evaluates the
 * output on both sides.
 */
final class TortureRunner {
  private static final String PROBE = "GET /probe HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  private static final Set<String> OF_ONE_CONNECTION =
      Set.of("keep-alive", "proxy-connection", "proxy-authorization", "te", "proxy-authenticate");

  private final InetSocketAddress proxy;
  private final Recorder recorder;
  private final int patienceMillis;

  TortureRunner(InetSocketAddress proxy, Recorder recorder, int patienceMillis) {
    this.proxy = proxy;
    this.recorder = recorder;
    this.patienceMillis = patienceMillis;
  }

  private record Answer(String bytes, boolean closed) {}

  /** Returns the problems found; empty if none. */
  List<String> run(TortureCase test) throws IOException {
    recorder.reset(test.response());
    boolean waits = test.expectations().contains("waits");
    boolean raw = test.expectations().contains("tunnel");
    Answer answer =
        send(test.request() + (waits || raw ? "" : PROBE), waits || raw ? 300 : patienceMillis);
    var problems = new ArrayList<String>();
    List<HttpMessage> reached = judgeServerSide(test, problems);
    judgeClientSide(test, reached, answer, problems);
    return problems;
  }

  /**
   * Sends a case to a server with a parser of its own, which echoes each request that it finds.
   * Returns the problems: a smuggled request, or a missing one.
   */
  List<String> runBeforeServer(TortureCase test) throws IOException {
    List<String> expectations = test.expectations();
    boolean waits = expectations.contains("waits");
    String bytes =
        send(test.request() + (waits ? "" : PROBE), waits ? 300 : patienceMillis).bytes();
    var problems = new ArrayList<String>();
    if (bytes.contains("smuggled") && !expectations.contains("open")) {
      problems.add("smuggled: " + bytes);
    }
    boolean rejected = expectations.stream().anyMatch(e -> e.startsWith("reject"));
    if ((rejected || waits) && bytes.contains("echo ")) {
      problems.add("not rejected: " + bytes);
    }
    boolean passes = expectations.stream().anyMatch(e -> e.startsWith("pass"));
    if (passes && !bytes.endsWith("echo GET /probe")) {
      problems.add("the next request was not answered: " + bytes);
    }
    return problems;
  }

  private Answer send(String bytes, int millis) throws IOException {
    var received = new ByteArrayOutputStream();
    try (var socket = new Socket(proxy.getAddress(), proxy.getPort())) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      try {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[65536];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          received.write(buffer, 0, n);
        }
      } catch (SocketTimeoutException e) {
        return new Answer(received.toString(ISO_8859_1), false);
      } catch (IOException reset) {
        // Bytes received before the reset count.
      }
    }
    return new Answer(received.toString(ISO_8859_1), true);
  }

  private List<HttpMessage> judgeServerSide(TortureCase test, List<String> problems) {
    var reached = new ArrayList<HttpMessage>();
    for (String bytes : recorder.received()) {
      StrictReader.Result result = StrictReader.requests(bytes);
      if (result.problem() != null) {
        problems.add("reached the server: " + result.problem());
      }
      reached.addAll(result.messages());
    }
    for (HttpMessage request : reached) {
      if (request.target().contains("smuggled") && !test.expectations().contains("open")) {
        problems.add("smuggled: " + request.startLine());
      }
      for (String field : request.fields()) {
        String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
        if (OF_ONE_CONNECTION.contains(name)) {
          problems.add("of one connection only: " + field);
        }
      }
    }
    return reached;
  }

  private void judgeClientSide(
      TortureCase test, List<HttpMessage> reached, Answer answer, List<String> problems) {
    // At most as many responses as requests: at most two of the case, and the probe.
    String method = test.request().split(" ", 2)[0].strip();
    var methods = new ArrayList<>(List.of(method));
    long own = reached.stream().filter(r -> !r.target().equals("/probe")).count();
    for (long i = 1; i < own; i++) {
      methods.add("GET");
    }
    methods.add("GET");
    StrictReader.Result result = StrictReader.responses(answer.bytes(), methods, answer.closed());
    if (result.problem() != null && !test.expectations().contains("tunnel")) {
      problems.add("reached the client: " + result.problem());
    }
    var judge = new Judge(test, reached, result, answer.bytes(), answer.closed());
    for (String expectation : test.expectations()) {
      if (!judge.holds(expectation)) {
        problems.add("not so: " + expectation + judge.description());
      }
    }
  }
}
