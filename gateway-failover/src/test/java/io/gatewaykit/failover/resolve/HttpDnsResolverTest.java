// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HttpDnsResolverTest {
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
  private final List<ServerSocket> servers = new ArrayList<>();
  private final List<String> queries = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
  }

  /**
   * Starts a server that returns this response to every request and records its port and request
   * target.
   */
  private String service(int status, String body) throws IOException {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    servers.add(server);
    var thread =
        new Thread(() -> {
          while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
              answer(socket, status, body);
            } catch (IOException e) {
              return; // closed by the test, or by a client that has read enough
            }
          }
        });
    thread.setDaemon(true);
    thread.start();
    return "http://127.0.0.1:" + server.getLocalPort() + "/d?host={host}&net={network}";
  }

  private void answer(Socket socket, int status, String body) throws IOException {
    var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    String requestLine = requireNonNull(in.readLine());
    queries.add(socket.getLocalPort() + " " + requestLine.split(" ", -1)[1]);
    String header = requireNonNull(in.readLine());
    while (!header.isEmpty()) {
      header = requireNonNull(in.readLine());
    }
    byte[] bytes = body.getBytes(UTF_8);
    String head =
        "HTTP/1.1 " + status + " x\r\nConnection: close\r\nContent-Length: " + bytes.length;
    socket.getOutputStream().write((head + "\r\n\r\n").getBytes(UTF_8));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  private static Resolution resolve(AddressResolver resolver, String host) throws Exception {
    return resolver.resolve(host, "wi fi").toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private HttpDnsResolver.Builder builder(String... services) {
    return HttpDnsResolver.builder(client, services).timeout(Duration.ofSeconds(10));
  }

  @Test
  void dnsJson_isParsed() throws Exception {
    String body =
        """
        {"Status": 0, "TC": false, "Question":[{"name": "a.test.", "type": 1 }],
         "Answer": [ {"name": "a.test.", "type": 5, "TTL": 5, "data": "b.test."},
          {"name": "b.test.", "type": 1, "TTL": 120, "data": "192.0.2.7"},
          {"name": "b.test.", "type": 28, "TTL": 90, "data": "2001:db8::7"}]}
        """;
    Resolution resolution = resolve(builder(service(200, body)).build(), "a.test");

    assertThat(resolution.addresses())
        .extracting(InetAddress::getHostAddress)
        .containsExactly("192.0.2.7", "2001:db8:0:0:0:0:0:7");
    assertThat(resolution.ttl()).isEqualTo(Duration.ofSeconds(90));
    assertThat(queries).singleElement().asString().endsWith("/d?host=a.test&net=wi+fi");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IPS_JSON | {\"host\":\"a.test\",\"ips\":[\"192.0.2.7\",\"192.0.2.8\"],\"ttl\":60}"
            + " | 192.0.2.7 192.0.2.8 | 60",
        "IPS_JSON | {\"ips\":[],\"ipsv6\":[\"2001:db8::1\"],\"ttl\":9} | 2001:db8:0:0:0:0:0:1 | 9",
        "TEXT | 192.0.2.7;192.0.2.8,300 | 192.0.2.7 192.0.2.8 | 300",
        "TEXT | 192.0.2.7 | 192.0.2.7 | 60",
      })
  void vendorFormats_areParsed(HttpDnsFormat format, String body, String expected, long ttl)
      throws Exception {
    Resolution resolution = resolve(builder(service(200, body)).format(format).build(), "a.test");

    assertThat(resolution.addresses())
        .extracting(InetAddress::getHostAddress)
        .containsExactly(expected.split(" ", -1));
    assertThat(resolution.ttl()).isEqualTo(Duration.ofSeconds(ttl));
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "';;,60'",
    "'localhost,60'",
    "'999.1.1.1'",
    "'evil.example.org;also,1'",
    "'::::'",
    "'1.2.3'",
  })
  void invalidAddress_isNeverLookedUp(String body) throws Exception {
    AddressResolver resolver = builder(service(200, body)).format(HttpDnsFormat.TEXT).build();

    assertThat(resolver.resolve("a.test", "").toCompletableFuture())
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(UnknownHostException.class);
  }

  @Test
  void failingService_isReplacedForAllCallers() throws Exception {
    String broken = service(500, "");
    String works = service(200, "192.0.2.7,60");
    AddressResolver resolver = builder(broken, works).format(HttpDnsFormat.TEXT).build();
    resolve(resolver, "a.test");
    resolve(resolver, "b.test");

    assertThat(queries).hasSize(3);
    String port = queries.get(1).split(" ", -1)[0];
    assertThat(queries.get(2)).as("the working service remains current").startsWith(port + " ");
  }

  @Test
  void allServicesFail_lookupFails() throws Exception {
    AddressResolver resolver = builder(service(500, ""), service(503, "")).build();

    assertThat(resolver.resolve("a.test", "").toCompletableFuture())
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(IOException.class);
    assertThat(queries).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource(HttpDnsFormat.class)
  void loginPage_isAFailedService_andTheNextIsQueried(HttpDnsFormat format) throws Exception {
    String page = "\n<!DOCTYPE html><html><body>Please log in</body></html>";
    AddressResolver resolver =
        builder(service(200, page), service(200, page)).format(format).build();

    assertThat(resolver.resolve("a.test", "").toCompletableFuture())
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withMessageContaining("returned a markup document");
    assertThat(queries).hasSize(2);
  }

  @Test
  void hugeResponse_isRejected() throws Exception {
    AddressResolver resolver = builder(service(200, "x".repeat(100_000))).build();

    assertThat(resolver.resolve("a.test", "").toCompletableFuture())
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withMessageContaining("exceeds 65536 bytes");
  }

  @Test
  void invalidServices_areRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HttpDnsResolver.builder(client))
        .withMessage("services: none (expected: at least 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HttpDnsResolver.builder(client, "https://192.0.2.1/d"))
        .withMessage("services: https://192.0.2.1/d (expected: with {host})");
  }
}
