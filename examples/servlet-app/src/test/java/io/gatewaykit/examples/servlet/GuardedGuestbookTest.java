// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same application, as it was and behind guards: what changes, and what does not. */
class GuardedGuestbookTest {
  /** A screenshot of 228 kB. */
  private static final Path PICTURE = Path.of("../../docs/status-page.png");

  private final HttpClient client = HttpClient.newHttpClient();

  private HttpRequest.Builder to(GuardedGuestbook guestbook, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + guestbook.port() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> enter(GuardedGuestbook guestbook, String text)
      throws IOException, InterruptedException {
    return send(
        to(guestbook, "/entries")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                BodyPublishers.ofString(
                    "text=" + URLEncoder.encode(text, StandardCharsets.UTF_8))));
  }

  private HttpResponse<String> upload(GuardedGuestbook guestbook, String fileName)
      throws IOException, InterruptedException {
    String body =
        "--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\""
            + fileName
            + "\"\r\nContent-Type: image/png\r\n\r\n12345\r\n--b--\r\n";
    return upload(guestbook, body.getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> upload(GuardedGuestbook guestbook, byte[] body)
      throws IOException, InterruptedException {
    return send(
        to(guestbook, "/pictures")
            .header("Content-Type", "multipart/form-data; boundary=b")
            .POST(BodyPublishers.ofByteArray(body)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ordinaryUse_isTheSame(boolean guarded) throws Exception {
    try (var guestbook = GuardedGuestbook.start(0, guarded)) {
      assertThat(enter(guestbook, "grüß Gott; 你好! I <3 it & more").statusCode()).isEqualTo(201);
      assertThat(enter(guestbook, " ").statusCode()).isEqualTo(400);
      assertThat(upload(guestbook, "me.png").statusCode()).isEqualTo(201);
      assertThat(send(to(guestbook, "/entries")).body())
          .isEqualTo("grüß Gott; 你好! I <3 it & more\nme.png, 5 bytes\n");
    }
  }

  /** Compressed bytes contain the characters of templates and shells by chance. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void realPictures_areReceivedCompletely(boolean guarded) throws Exception {
    byte[] picture = Files.readAllBytes(PICTURE);
    try (var guestbook = GuardedGuestbook.start(0, guarded)) {
      for (String name : List.of("page.png", "page.png.bak")) {
        var body = new ByteArrayOutputStream();
        String type = name.endsWith(".png") ? "image/png" : "application/octet-stream";
        body.writeBytes(
            ("--b\r\nContent-Disposition: form-data; name=\"picture\"; filename=\""
                    + name
                    + "\"\r\nContent-Type: "
                    + type
                    + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(picture);
        body.writeBytes("\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8));
        assertThat(upload(guestbook, body.toByteArray()).statusCode()).as(name).isEqualTo(201);
      }
      assertThat(send(to(guestbook, "/entries")).body())
          .isEqualTo("page.png, %1$d bytes\npage.png.bak, %1$d bytes\n".formatted(picture.length));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void news_waitForTheNextEntry(boolean guarded) throws Exception {
    try (var guestbook = GuardedGuestbook.start(0, guarded)) {
      var news = client.sendAsync(to(guestbook, "/news").build(), BodyHandlers.ofString());
      await()
          .pollInterval(Duration.ofMillis(400)) // within the limit for a client
          .until(() -> enter(guestbook, "entry").statusCode() == 201 && news.isDone());
      assertThat(news.get().statusCode()).isEqualTo(200);
      assertThat(news.get().body()).isEqualTo("entry");
    }
  }

  @Test
  void attacks_areRejected_andDoNotReachTheApplication() throws Exception {
    try (var bare = GuardedGuestbook.start(0, false);
        var guarded = GuardedGuestbook.start(0, true)) {
      String attack = "<script>alert(1)</script>";
      assertThat(enter(bare, attack).statusCode()).isEqualTo(201);
      assertThat(upload(bare, "shell.php").statusCode()).isEqualTo(201);

      HttpResponse<String> refused = enter(guarded, attack);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
      assertThat(upload(guarded, "shell.php").statusCode()).isEqualTo(403);
      assertThat(send(to(guarded, "/entries")).body()).isEmpty();
    }
  }

  @Test
  void tooManyRequests_areRejectedWithRetryAfter() throws Exception {
    try (var guarded = GuardedGuestbook.start(0, true)) {
      List<Integer> statuses = new ArrayList<>();
      HttpResponse<String> last = send(to(guarded, "/entries"));
      for (int i = 0; i < 1000 && last.statusCode() == 200; i++) {
        statuses.add(last.statusCode());
        last = send(to(guarded, "/entries"));
      }
      assertThat(last.statusCode()).isEqualTo(429);
      assertThat(last.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(statuses).hasSizeGreaterThanOrEqualTo(6);
    }
  }
}
