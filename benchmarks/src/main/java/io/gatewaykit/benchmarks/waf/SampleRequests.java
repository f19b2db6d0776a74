// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;

/** Ordinary requests to a chat service for language learners, without duplicates. */
final class SampleRequests {
  private static final String[] TEXTS = {
    "Hi all, can we move the meeting to 3pm? I'd like to select a new topic from the list.",
    "Please echo my answer :) thanks!",
    "你好！我今天学了“选择”这个词，怎么用？",
    "これは「drop」と「table」の違いです；合っていますか？",
    "안녕하세요 :) <3 오늘 뭐 해요?",
    "Привет)) как дела? ну ладно (шучу)",
    "كيف حالك؟ (بخير) شكرا جزيلا",
    "¿Qué significa \"union\" en inglés? No lo sé; ayúdame.",
    "C'est l'été; j'ai 25 ans -- et toi ?",
    "ไทย ภาษา สวัสดี ครับ วันนี้เป็นอย่างไร",
    "def greet(name):\n    return f'Hello {name}'",
    "O'Brien's cat and the dog's bone & a <b>bold</b> idea",
    "see https://example.com/a?b=c&d=e#f, price: $5.00 (50% off!)",
    "😀😃 (╯°□°）╯︵ ┻━┻ ok",
    "हिन्दी नमस्ते, आप कैसे हैं?",
    "Ich möchte morgen um 9 Uhr anfangen; geht das?"
  };

  private static final String[] AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
        + " Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
        + " Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "LearnTalk/5.3.2 (Android 14; Pixel 8; zh-CN) okhttp/4.12.0"
  };

  /** A request as sent on the wire; names and values of fields alternate. */
  record Sample(String method, String target, List<String> fields, String body) {}

  private SampleRequests() {}

  static List<Sample> all() {
    List<Sample> requests = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      String text = TEXTS[i % TEXTS.length];
      String form = URLEncoder.encode(text, UTF_8);
      String json = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
      requests.add(
          switch (i / TEXTS.length % 6) {
            case 0 -> get("/lessons/" + i + "?lang=zh&level=3&page=" + i % 9, i);
            case 1 ->
                post(
                    "/v2/rooms/" + i + "/messages",
                    "application/json",
                    "{\"id\":%d,\"room\":\"general\",\"text\":\"%s\",\"mentions\":[\"anna\"]}"
                        .formatted(1_700_000_000 + i, json),
                    i);
            case 2 ->
                post(
                    "/account",
                    "application/x-www-form-urlencoded",
                    "name=Anna+Smith&email=anna%d%%40example.com&bio=%s&lang=en".formatted(i, form),
                    i);
            case 3 -> get("/search?q=" + form + "&sort=new&limit=20", i);
            case 4 ->
                post(
                    "/graphql",
                    "application/json",
                    "{\"query\":\"query Feed($n:Int){feed(first:$n){id text author{name}}}\","
                        + "\"variables\":{\"n\":%d,\"note\":\"%s\"}}".formatted(i, json),
                    i);
            default -> multipart(text, i);
          });
    }
    return requests;
  }

  private static Sample multipart(String text, int i) {
    String boundary = "----WebKitFormBoundary" + Integer.toHexString(i * 7919);
    String body =
        "--%s\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\n%s\r\n"
                .formatted(boundary, text)
            + "--%s\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p%d.txt\"\r\n"
                .formatted(boundary, i)
            + "Content-Type: text/plain\r\n\r\nnotes of the day %d\r\n--%s--\r\n"
                .formatted(i, boundary);
    return post("/upload", "multipart/form-data; boundary=" + boundary, body, i);
  }

  private static Sample get(String target, int i) {
    return new Sample("GET", target, fields(i), "");
  }

  private static Sample post(String target, String type, String body, int i) {
    int length = body.getBytes(UTF_8).length;
    return new Sample(
        "POST",
        target,
        fields(i, "Content-Type", type, "Content-Length", String.valueOf(length)),
        body);
  }

  private static List<String> fields(int i, String... more) {
    String cookie =
        "session=%016x; theme=dark; _ga=GA1.2.%d.1700000000"
            .formatted(i * 0x9E3779B97F4A7C15L, 1_000_000 + i);
    return browserFields(AGENTS[i % AGENTS.length], i, cookie, more);
  }

  /** Returns the header fields of a browser, names and values alternating, and additional ones. */
  static List<String> browserFields(String agent, int page, String cookie, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "Host",
                "app.example.com",
                "User-Agent",
                agent,
                "Accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
                "Accept-Language",
                "zh-CN,zh;q=0.9,en;q=0.8",
                "Accept-Encoding",
                "gzip, deflate, br",
                "Referer",
                "https://app.example.com/lessons?page=" + page,
                "Cookie",
                cookie));
    all.addAll(List.of(more));
    return all;
  }
}
