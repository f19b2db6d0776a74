// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLConnection;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * Sends the files of a directory as uploads, each in a form and as a raw {@code PUT}, and prints
 * the rejected ones by rule ({@code benchmarks/scripts/waf-uploads.sh}). Without the URL of a
 * gateway, the requests are inspected in this process.
 */
public final class UploadReplay {
  private static final String BOUNDARY = "----formdata-5f1c0a7e2b";

  private final Waf waf = Waf.builder().build();
  private final String gateway; // empty to inspect in this process
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, Integer> byRule = new TreeMap<>();

  private UploadReplay(String gateway) {
    this.gateway = gateway;
  }

  /** Usage: {@code DIR [GATEWAY_URL]}, or {@code --upstream PORT} to accept all requests. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 2 && args[0].equals("--upstream")) {
      upstream(Integer.parseInt(args[1]));
      return;
    }
    if (args.length < 1 || args.length > 2) {
      System.err.println("usage: UploadReplay DIR [GATEWAY_URL] | --upstream PORT");
      System.exit(2);
    }
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(Path.of(args[0]))) {
      all.filter(Files::isRegularFile).sorted().forEach(files::add);
    }
    new UploadReplay(args.length == 2 ? args[1] : "").replay(files);
  }

  private static void upstream(int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.setExecutor(Executors.newFixedThreadPool(2));
    server.start();
  }

  private void replay(List<Path> files) throws IOException, InterruptedException {
    int forms = 0;
    int puts = 0;
    for (Path file : files) {
      forms += isRefused(file, "form", form(file)) ? 1 : 0;
      puts += isRefused(file, "put", put(file)) ? 1 : 0;
    }
    System.out.printf(
        "%d files: %d rejected in a form (%.2f %%), %d as PUT (%.2f %%)%n",
        files.size(), forms, 100.0 * forms / files.size(), puts, 100.0 * puts / files.size());
    byRule.forEach((rule, count) -> System.out.printf("  %5d %s%n", count, rule));
  }

  /** One upload. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Upload(String method, String target, String type, byte[] body) {
    WafRequest inspected() {
      Headers headers = type.isEmpty() ? Headers.empty() : Headers.of("Content-Type", type);
      return WafRequest.of(method, target, headers, body);
    }
  }

  private static Upload form(Path file) throws IOException {
    String name = file.getFileName().toString();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(
        ("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                + "Content-Type: %s\r\n\r\n")
            .formatted(BOUNDARY, name, type(name))
            .getBytes(UTF_8));
    body.write(Files.readAllBytes(file));
    body.write(("\r\n--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
    return new Upload(
        "POST", "/upload", "multipart/form-data; boundary=" + BOUNDARY, body.toByteArray());
  }

  /** Returns a request as sent by {@code curl -T}, without a content type. */
  private static Upload put(Path file) throws IOException {
    return new Upload("PUT", "/files/" + file.getFileName(), "", Files.readAllBytes(file));
  }

  private static String type(String name) {
    String type = URLConnection.guessContentTypeFromName(name);
    return type == null ? "application/octet-stream" : type;
  }

  private boolean isRefused(Path file, String how, Upload upload)
      throws IOException, InterruptedException {
    boolean rejected =
        gateway.isEmpty() ? waf.inspect(upload.inspected()).blocked() : status(upload) >= 400;
    if (rejected) {
      List<String> rules =
          waf.inspect(upload.inspected()).hits().stream().map(RuleHit::rule).toList();
      System.out.printf("rejected %s %s %s%n", how, file, rules);
      rules.forEach(rule -> byRule.merge(how + " " + rule, 1, Integer::sum));
    }
    return rejected;
  }

  private int status(Upload upload) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway + upload.target()))
            .method(upload.method(), HttpRequest.BodyPublishers.ofByteArray(upload.body()));
    if (!upload.type().isEmpty()) {
      request.header("Content-Type", upload.type());
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 499; // the gateway aborted it during the upload
    }
  }
}
