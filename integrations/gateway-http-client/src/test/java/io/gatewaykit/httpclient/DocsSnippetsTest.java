// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.failover.Line;
import io.gatewaykit.failover.RetryPolicy;
import io.gatewaykit.httpclient.apache.FailoverExecHandler;
import io.gatewaykit.httpclient.jdk.FailoverHttpClient;
import io.gatewaykit.httpclient.okhttp.FailoverInterceptor;
import io.gatewaykit.httpclient.spring.FailoverRequestInterceptor;
import io.gatewaykit.httpclient.webflux.FailoverExchangeFilter;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** The code of docs/http-client.md, compiled and run. */
class DocsSnippetsTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private TestServer server;
  private URI hk1;
  private URI hk2;
  private URI us1;

  @BeforeEach
  void start() throws IOException {
    server = TestServer.start().will(TestServer.respond(200, "orders"));
    hk1 = URI.create("http://127.0.0.1:1");
    hk2 = URI.create("http://127.0.0.1:2");
    us1 = server.uri();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void jdk() throws Exception {
    FailoverGroup<URI> group =
        FailoverGroup.<URI>builder("shop")
            .line(Line.of("direct", 0, Endpoint.of("hk1", hk1), Endpoint.of("hk2", hk2)))
            .line(Line.of("relay", 1, Endpoint.of("us1", us1)))
            .retry(
                RetryPolicy.builder()
                    .perTry(Duration.ofSeconds(2))
                    .hedge(RetryPolicy.Hedge.atQuantile(0.95))
                    .build())
            .build();
    HttpFailover failover = HttpFailover.builder(group).deadline(Duration.ofSeconds(5)).build();
    HttpClient client = FailoverHttpClient.of(HttpClient.newHttpClient(), failover);
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://shop/orders?page=1")).build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("orders");
    assertThat(server.received().get(0).target()).isEqualTo("/orders?page=1");
    group.close();
  }

  /** Returns the group of the first snippet. */
  private FailoverGroup<URI> group() {
    return FailoverGroup.<URI>builder("shop")
        .line(Line.of("direct", 0, Endpoint.of("hk1", hk1)))
        .line(Line.of("relay", 1, Endpoint.of("us1", us1)))
        .build();
  }

  @Test
  void okhttp() throws Exception {
    FailoverGroup<URI> group = group();
    ExecutorService threads = Executors.newCachedThreadPool(); // virtual threads from Java 21 on
    HttpFailover failover = HttpFailover.builder(group).executor(threads).build();
    OkHttpClient client = FailoverInterceptor.wrap(new OkHttpClient(), failover);
    Request request = new Request.Builder().url("http://shop/orders?page=1").build();
    try (Response response = client.newCall(request).execute()) {
      String orders = response.body().string();
      assertThat(orders).isEqualTo("orders");
    }
    threads.shutdown();
    group.close();
  }

  @Test
  void apache() throws Exception {
    FailoverGroup<URI> group = group();
    HttpFailover failover = HttpFailover.of(group);
    try (CloseableHttpClient client =
        FailoverExecHandler.addTo(HttpClients.custom(), failover).build()) {
      String orders =
          client.execute(
              new HttpGet("http://shop/orders?page=1"),
              response -> EntityUtils.toString(response.getEntity()));
      assertThat(orders).isEqualTo("orders");
    }
    group.close();
  }

  @Test
  void spring() {
    FailoverGroup<URI> group = group();
    RestClient client =
        RestClient.builder()
            .requestFactory(new JdkClientHttpRequestFactory())
            .requestInterceptor(FailoverRequestInterceptor.of(HttpFailover.of(group)))
            .build();
    String orders = client.get().uri("http://shop/orders?page=1").retrieve().body(String.class);
    assertThat(orders).isEqualTo("orders");
    group.close();
  }

  @Test
  void webflux() {
    FailoverGroup<URI> group = group();
    WebClient client =
        WebClient.builder().filter(FailoverExchangeFilter.of(HttpFailover.of(group))).build();
    Mono<String> orders =
        client.get().uri("http://shop/orders?page=1").retrieve().bodyToMono(String.class);
    assertThat(orders.block()).isEqualTo("orders");
    group.close();
  }

  @Test
  void snippets_areThoseOfThePage() throws IOException {
    String page = Files.readString(Path.of("../../docs/http-client.md"));
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/httpclient/DocsSnippetsTest.java"));
    String code = source.replaceAll("\\s+", " ");
    List<String> blocks =
        BLOCK
            .matcher(page)
            .results()
            .map((MatchResult m) -> m.group(1))
            .filter(block -> !block.contains("io.grpc")) // GrpcSnippetTest
            .toList();
    assertThat(blocks).isNotEmpty();
    for (String block : blocks) {
      assertThat(block.lines().filter(line -> line.startsWith("import ")))
          .isNotEmpty()
          .allSatisfy(line ->
              assertThat(
                      line.equals("import io.gatewaykit.httpclient.HttpFailover;")
                          || source.contains(line + "\n"))
                  .as(line)
                  .isTrue());
      String statements =
          String.join("\n", block.lines().filter(line -> !line.startsWith("import ")).toList());
      String text = statements.replaceAll("\\s+", " ").strip();
      assertThat(code).contains(text.endsWith("; }") ? text.substring(0, text.length() - 2) : text);
    }
  }
}
