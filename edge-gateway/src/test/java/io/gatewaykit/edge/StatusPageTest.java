// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.gatewaykit.edge.demo.LineAction;
import io.gatewaykit.edge.demo.SimulatedLines;
import java.awt.image.BufferedImage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The status page in every format, and in a real browser. */
@Timeout(120)
class StatusPageTest {
  @TempDir Path dir;
  private final HttpClient client = HttpClient.newHttpClient();
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

  private URI admin(String path) {
    return URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private int get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.address().getPort() + path);
    return send(HttpRequest.newBuilder(uri)).statusCode();
  }

  private void tellAStory() throws Exception {
    for (int i = 0; i < 60; i++) {
      assertThat(get("/lessons/" + i)).isEqualTo(200);
    }
    for (int i = 0; i < 12; i++) {
      assertThat(get("/chat/hello")).isIn(200, 429);
    }
    assertThat(get("/?q=eval(%24_POST%5B1%5D)")).isEqualTo(403);
    assertThat(get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")).isEqualTo(403);
    URI kill = admin("/lines/dedicated-hk/" + LineAction.KILL.label());
    assertThat(send(HttpRequest.newBuilder(kill).POST(BodyPublishers.noBody())).statusCode())
        .isEqualTo(200);
    await()
        .until(() -> {
          assertThat(get("/lessons/after")).isEqualTo(200);
          return gateway.status().lines().get(1).active();
        });
    await().until(() -> gateway.status().traffic().history().size() >= 3);
  }

  @Test
  void allFormats_agree() throws Exception {
    tellAStory();
    String json = send(HttpRequest.newBuilder(admin("/status?format=json"))).body();
    String text = send(HttpRequest.newBuilder(admin("/status?format=text"))).body();
    String metrics = send(HttpRequest.newBuilder(admin("/status?format=prometheus"))).body();
    String html = send(HttpRequest.newBuilder(admin("/status"))).body();
    assertThat(List.of(json, text, html)).allMatch(page -> page.contains("dedicated-hk is down"));
    assertThat(metrics)
        .contains("gateway_waf_requests_total{outcome=\"blocked\"} 2")
        .containsPattern(
            "gateway_ratelimit_requests_total\\{limiter=\"chat\",outcome=\"rejected\"\\} [1-9]");
    assertThat(html).doesNotContainPattern("(src|href)=.(https?:)?//");
  }

  @Test
  void foreignPages_canNeitherReadNorSwitch() throws Exception {
    URI kill = admin("/lines/dedicated-hk/kill");
    HttpRequest.Builder foreign =
        HttpRequest.newBuilder(kill)
            .POST(BodyPublishers.noBody())
            .header("Origin", "http://evil.example");
    assertThat(send(foreign).statusCode()).isEqualTo(403);
    assertThat(send(HttpRequest.newBuilder(kill)).statusCode()).isEqualTo(405);
    URI unknown = admin("/lines/nowhere/kill");
    HttpResponse<String> answer =
        send(HttpRequest.newBuilder(unknown).POST(BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains("/lines/{dedicated-hk|via-de|public-us}/{drain|undrain|kill|slow|freeze|");
    assertThat(send(HttpRequest.newBuilder(admin("/status?format=xml"))).statusCode())
        .isEqualTo(400);
  }

  /** The values of a request that an incident quotes: path, query, names, and a form. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /%s?q=eval%%28%%24_POST%%5B1%%5D%%29",
        "GET /?q=eval%%28%%24_POST%%5B1%%5D%%29%s",
        "GET /?%s=eval%%28%%24_POST%%5B1%%5D%%29",
        "FORM q=eval($_POST[1])%s",
        "FORM %s=eval($_POST[1])"
      })
  void textsOfAClient_stayText(String template) throws Exception {
    String markup = "</script><img src=x onerror=document.title='executed'>";
    boolean form = template.startsWith("FORM ");
    String text = template.substring(form ? 5 : 4).formatted(URLEncoder.encode(markup, UTF_8));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + gateway.address().getPort() + (form ? "/" : text)));
    if (form) {
      request
          .header("Content-Type", "application/x-www-form-urlencoded")
          .POST(BodyPublishers.ofString(text));
    }
    assertThat(send(request).statusCode()).isEqualTo(403);
    String html = send(HttpRequest.newBuilder(admin("/status"))).body();
    assertThat(html).contains("php-").doesNotContain("<img src=x");
    assertThat(html.split("</script>", -1)).as("script elements").hasSize(3);
  }

  @Test
  void disruptiveButtons_areConfirmed_andCountersExplained() throws Exception {
    assertThat(send(HttpRequest.newBuilder(admin("/status"))).body())
        .contains(
            "DISRUPTIVE = [\"drain\", \"kill\", \"slow\", \"freeze\", \"errors\"]", "!confirm(")
        .contains("[\"ok / http / tcp / timeout\", \"\", PROBES]", "[\"keys\", \"n\", KEYS]");
  }

  @Tag("slow")
  @Test
  void page_inAChromium_isDrawn() throws Exception {
    Path chromium = Path.of("/usr/bin/chromium");
    assumeThat(chromium).as("needs the Debian package chromium").exists();
    tellAStory();
    Path picture = dir.resolve("status-page.png");
    List<String> options =
        List.of(
            chromium.toString(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--user-data-dir=" + dir.resolve("profile"),
            "--window-size=1280,1500",
            "--virtual-time-budget=3000");
    var shoot = new ArrayList<String>(options);
    shoot.add("--screenshot=" + picture);
    shoot.add(admin("/status").toString());
    chromium(shoot);
    var dump = new ArrayList<String>(options);
    dump.add("--dump-dom");
    dump.add(admin("/status").toString());
    String dom = chromium(dump);
    assertThat(dom)
        .contains("dedicated-hk is down; via-de serves the traffic", "php-shared-call", "/chat/**")
        .contains("Consecutive successes, HTTP failures", "bounds over all clients", "held MiB");
    BufferedImage image = ImageIO.read(picture.toFile());
    assertThat(image.getWidth()).isEqualTo(1280);
    var colours = new HashSet<Integer>();
    for (int x = 0; x < image.getWidth(); x += 4) {
      for (int y = 0; y < image.getHeight(); y += 4) {
        colours.add(image.getRGB(x, y));
      }
    }
    assertThat(colours).as("colours of a page that was drawn").hasSizeGreaterThan(20);
    String keep = System.getProperty("edge.screenshot");
    if (keep != null) {
      Files.copy(picture, Path.of(keep), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private String chromium(List<String> command) throws Exception {
    Path output = dir.resolve("chromium.out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(dir.resolve("chromium.err").toFile())
            .start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as("chromium ended by itself").isTrue();
    return Files.readString(output);
  }
}
