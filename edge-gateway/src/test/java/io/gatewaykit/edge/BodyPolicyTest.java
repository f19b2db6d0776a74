// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.edge.config.ConfigReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of the configuration file for bodies, by policy and by route. */
@Timeout(60)
class BodyPolicyTest {
  private static final String ATTACK = "1' union select user,password from users-- ";
  private static final String JSON = "application/json";
  private static final String FORM = "application/x-www-form-urlencoded";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private EdgeGateway gateway;

  /** Starts a server that answers with the number of bytes of the body, and a gateway. */
  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          long size = exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
          byte[] answer = Long.toString(size).getBytes(US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.setExecutor(threads);
    server.start();
    gateway =
        EdgeGateway.start(
            ConfigReader.read(
                "edge.yaml",
                """
                listen: 127.0.0.1:0
                admin: 127.0.0.1:0
                checks: {type: tcp, interval: 30s, timeout: 10s}
                waf-policies:
                  small:
                    limits: {form-bytes: 20000, document-bytes: 30000}
                  open:
                    reject-oversize: false
                    reject-unknown-codings: false
                    limits: {form-bytes: 20000, document-bytes: 30000}
                  detecting:
                    mode: detect
                    limits: {form-bytes: 20000, document-bytes: 30000}
                routes:
                  - {name: small, path: /small/**, waf: small}
                  - {name: open, path: /open/**, waf: open}
                  - {name: detecting, path: /detecting/**, waf: detecting}
                  - {name: off, path: /off/**, waf: off}
                lines:
                  - name: line
                    endpoints: [{address: "127.0.0.1:%d"}]
                """
                    .formatted(server.getAddress().getPort())),
            "edge.yaml",
            1);
  }

  @AfterEach
  void close() {
    gateway.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private RawResponse send(String path, String body, String... fields) throws IOException {
    try (RawClient client = new RawClient(gateway.address().getPort())) {
      client.send(
          "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n%s\r\n\r\n"
              .formatted(path, body.length(), String.join("\r\n", fields)));
      client.send(body);
      return client.read();
    }
  }

  private int status(String path, String type, String body) throws IOException {
    return send(path, body, "Content-Type: " + type).status();
  }

  @ParameterizedTest
  @CsvSource({
    "/small/x, 413, 413, 415, 403",
    "/open/x, 200, 200, 200, 403",
    "/detecting/x, 200, 200, 200, 200",
    "/off/x, 200, 200, 200, 200",
    "/default, 200, 200, 415, 403",
  })
  void bodiesOfARoute_haveTheSettingsOfItsPolicy(
      String path, int form, int json, int coding, int attack) throws IOException {
    // Only the last byte is too much, so the gateway does not close the connection before it.
    String longForm = "a=" + "b".repeat(19_999);
    String longJson = "[\"" + "b ".repeat(14_998) + "b\"]";
    assertThat(status(path, FORM, longForm)).as("form").isEqualTo(form);
    assertThat(status(path, JSON, longJson)).as("JSON").isEqualTo(json);
    assertThat(send(path, "\u0001\u0002", "Content-Encoding: br").status())
        .as("coding")
        .isEqualTo(coding);
    assertThat(status(path, JSON, "{\"id\":\"" + ATTACK + "\"}")).as("attack").isEqualTo(attack);
    assertThat(status(path, JSON, "{\"id\":\"7\"}")).as("harmless").isEqualTo(200);
  }

  @Test
  void unknownCoding_isRejectedWithTheKnownOnes() throws IOException {
    assertThat(send("/default", "\u0001\u0002", "Content-Encoding: br").header("Accept-Encoding"))
        .isEqualTo("gzip, deflate");
  }

  @Test
  void photoInJson_of3Megabytes_passes() throws IOException {
    byte[] photo = new byte[3 << 20];
    new Random(5).nextBytes(photo);
    String text = Base64.getEncoder().encodeToString(photo);
    String body = "{\"name\":\"dog\",\"photo\":\"" + text + "\"}";

    assertThat(send("/default", body, "Content-Type: " + JSON).body())
        .isEqualTo(Integer.toString(body.length()));
  }

  @Test
  void bulkImport_of8Megabytes_passes() throws IOException {
    StringBuilder rows = new StringBuilder("[");
    for (int i = 0; rows.length() < 8 << 20; i++) {
      rows.append("{\"id\":").append(i).append(",\"note\":\"We meet at 3pm, I think.\"},\n");
    }
    String body = rows.append("{}]").toString();

    assertThat(send("/default", body, "Content-Type: " + JSON).body())
        .isEqualTo(Integer.toString(body.length()));
  }

  @Test
  void fileOfAForm_doesNotCount() throws IOException {
    byte[] photo = new byte[100_000];
    new Random(7).nextBytes(photo);
    String body =
        "--part\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n\r\n"
            + new String(photo, ISO_8859_1)
            + "\r\n--part--\r\n";

    assertThat(status("/small/x", "multipart/form-data; boundary=part", body)).isEqualTo(200);
  }
}
