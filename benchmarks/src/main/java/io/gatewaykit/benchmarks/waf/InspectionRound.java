// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.ThreadMXBean;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Prints thread CPU time and allocated bytes per inspection of ordinary requests, one line per
 * kind. This is one round of a comparison of two versions ({@code
 * benchmarks/scripts/waf-versions.sh}). It depends on the JDK and {@code gateway-waf} only, so that
 * it compiles with earlier versions too.
 */
public final class InspectionRound {
  private static final int REQUESTS = 2_048; // exceeds the value cache of a firewall
  private static final int SLICES = 9;
  private static final long SLICE_NANOS = 20_000_000;
  private static final String WORDS =
      "the lesson about verbs was long but we learned many new words today and my friend from"
          + " the other class helped me to read it again so I can speak a little more now";

  private InspectionRound() {}

  /** Usage: {@code [WARM-UP SECONDS [KIND]]}. */
  public static void main(String[] args) {
    long warmUp = (args.length == 0 ? 8 : Long.parseLong(args[0])) * 1_000_000_000;
    Waf waf = Waf.builder().build();
    Map<String, List<WafRequest>> kinds = kinds();
    if (args.length > 1) {
      kinds.keySet().retainAll(List.of(args[1]));
    }
    var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long end = thread.getCurrentThreadCpuTime() + warmUp;
    while (thread.getCurrentThreadCpuTime() < end) {
      kinds.values().forEach(requests -> inspect(waf, requests, 0));
    }
    kinds.forEach((kind, requests) -> measure(waf, kind, requests, thread));
  }

  private static void measure(
      Waf waf, String kind, List<WafRequest> requests, ThreadMXBean thread) {
    double[] nanos = new double[SLICES];
    long bytes = thread.getCurrentThreadAllocatedBytes();
    long count = 0;
    for (int i = 0; i < SLICES; i++) {
      long start = thread.getCurrentThreadCpuTime();
      long spent;
      int inspected = 0;
      do {
        inspected += inspect(waf, requests, 1);
        spent = thread.getCurrentThreadCpuTime() - start;
      } while (spent < SLICE_NANOS);
      nanos[i] = (double) spent / inspected;
      count += inspected;
    }
    bytes = thread.getCurrentThreadAllocatedBytes() - bytes;
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT, "%-16s %8.0f ns %7d B%n", kind, nanos[SLICES / 2], bytes / count);
  }

  /** Inspects all requests, or every eighth. Returns the number of inspections. */
  private static int inspect(Waf waf, List<WafRequest> requests, int all) {
    int count = 0;
    for (int i = 0; i < requests.size(); i += all == 1 ? 1 : 8) {
      if (waf.inspect(requests.get(i)).blocked()) {
        throw new IllegalStateException("an ordinary request is blocked: " + i);
      }
      count++;
    }
    return count;
  }

  private static Map<String, List<WafRequest>> kinds() {
    Map<String, List<WafRequest>> kinds = new LinkedHashMap<>();
    for (String kind : List.of("page", "query", "form", "json")) {
      List<WafRequest> fresh = new ArrayList<>();
      Random random = new Random(7);
      for (int i = 0; i < REQUESTS; i++) {
        fresh.add(request(kind, random));
      }
      List<WafRequest> repeated = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        repeated.add(fresh.get(0));
      }
      kinds.put(kind + " repeated", repeated);
      kinds.put(kind + " new", fresh);
    }
    return kinds;
  }

  private static WafRequest request(String kind, Random random) {
    int id = random.nextInt(1_000_000);
    return switch (kind) {
      case "page" -> get("/lessons/" + id, random);
      case "query" ->
          get(
              "/search?q=" + text(random, 4).replace(' ', '+') + "&lang=zh&sort=new&page=" + id,
              random);
      case "form" ->
          post(
              "/account",
              "application/x-www-form-urlencoded",
              "name=Anna+%s&email=a%d%%40example.com&city=%s&bio=%s&lang=en&age=%d"
                  .formatted(
                      text(random, 1),
                      id,
                      text(random, 1),
                      text(random, 14).replace(' ', '+') + "%21",
                      random.nextInt(90)),
              random);
      default ->
          post(
              "/v2/rooms/" + id + "/messages",
              "application/json",
              "{\"id\":%d,\"room\":\"general\",\"text\":\"%s, isn't it? (%d)\",\"mentions\":[\"%s\"]}"
                  .formatted(id, text(random, 20), id % 60, text(random, 1)),
              random);
    };
  }

  private static String text(Random random, int words) {
    String[] all = WORDS.split(" ", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(i == 0 ? "" : " ").append(all[random.nextInt(all.length)]);
    }
    return text.toString();
  }

  private static WafRequest get(String target, Random random) {
    return WafRequest.of("GET", target, headers(random));
  }

  private static WafRequest post(String target, String type, String body, Random random) {
    byte[] bytes = body.getBytes(UTF_8);
    Headers headers =
        headers(random, "Content-Type", type, "Content-Length", String.valueOf(bytes.length));
    return WafRequest.of("POST", target, headers, bytes);
  }

  /** Returns the 12 header fields of a browser with three cookies, and additional ones. */
  private static Headers headers(Random random, String... more) {
    int id = random.nextInt(1_000_000);
    List<String> fields =
        new ArrayList<>(
            List.of(
                "Host",
                "app.example.com",
                "User-Agent",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                    + " Chrome/126.0."
                    + id % 7_000
                    + ".0 Safari/537.36",
                "Accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
                "Accept-Language",
                "zh-CN,zh;q=0.9,en;q=0.8",
                "Accept-Encoding",
                "gzip, deflate, br",
                "Referer",
                "https://app.example.com/lessons?page=" + id,
                "Cookie",
                "session=%016x; theme=dark; _ga=GA1.2.%d.1700000000"
                    .formatted(random.nextLong(), id),
                "Sec-Fetch-Site",
                "same-origin",
                "Sec-Fetch-Mode",
                "navigate",
                "Upgrade-Insecure-Requests",
                "1",
                "Cache-Control",
                "max-age=0",
                "Connection",
                "keep-alive"));
    fields.addAll(List.of(more));
    return Headers.of(fields.toArray(new String[0]));
  }
}
