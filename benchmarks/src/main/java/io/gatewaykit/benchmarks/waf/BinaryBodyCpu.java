// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Prints the thread CPU time of inspecting a body of 127 KiB of random bytes, compared with English
 * text of that size under the same label. The kinds alternate, so load of the machine affects them
 * equally. Fails if a ratio exceeds three.
 */
public final class BinaryBodyCpu {
  private static final int BYTES = 127 << 10;
  private static final int ROUNDS = 41;
  private static final double MAX_RATIO = 3;
  private static final String TEXT =
      "The lesson was long, but we learned many words; my friend helped me to read it again. ";

  private BinaryBodyCpu() {}

  /** Usage: {@code [WARM-UP SECONDS]}. */
  public static void main(String[] args) {
    long warmUp = (args.length == 0 ? 10 : Long.parseLong(args[0])) * 1_000_000_000;
    Waf waf = Waf.builder().build();
    Map<String, WafRequest[]> kinds = kinds();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long end = threads.getCurrentThreadCpuTime() + warmUp;
    while (threads.getCurrentThreadCpuTime() < end) {
      kinds.values().forEach(pair -> Arrays.stream(pair).forEach(waf::inspect));
    }
    System.out.println("127 KiB               random, us   text, us   ratio");
    boolean within = true;
    for (Map.Entry<String, WafRequest[]> kind : kinds.entrySet()) {
      double[][] micros = new double[2][ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
          micros[i][round] = micros(waf, kind.getValue()[i], threads);
        }
      }
      double random = median(micros[0]);
      double text = median(micros[1]);
      System.out.printf(
          Locale.ROOT, "%-20s %11.0f %10.0f %7.2f%n", kind.getKey(), random, text, random / text);
      within &= random <= MAX_RATIO * text;
    }
    if (!within) {
      throw new IllegalStateException("a ratio exceeds " + MAX_RATIO);
    }
  }

  private static double micros(Waf waf, WafRequest request, ThreadMXBean threads) {
    long start = threads.getCurrentThreadCpuTime();
    if (waf.inspect(request).blocked()) {
      throw new IllegalStateException("a harmless body is blocked");
    }
    return (threads.getCurrentThreadCpuTime() - start) / 1e3;
  }

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  /** Returns two requests by kind: with random bytes and with text. */
  private static Map<String, WafRequest[]> kinds() {
    byte[] random = new byte[BYTES];
    new Random(31).nextBytes(random);
    byte[] text = TEXT.repeat(BYTES / TEXT.length()).getBytes(ISO_8859_1);
    Map<String, WafRequest[]> kinds = new LinkedHashMap<>();
    for (String type :
        new String[] {"application/octet-stream", "application/x-protobuf", "text/plain"}) {
      kinds.put(
          type.substring(type.indexOf('/') + 1),
          new WafRequest[] {raw(type, random), raw(type, text)});
    }
    kinds.put("file of a form", new WafRequest[] {form("f.bin", random), form("f.txt", text)});
    kinds.put("field of a form", new WafRequest[] {form("", random), form("", text)});
    return kinds;
  }

  private static WafRequest raw(String type, byte[] body) {
    return WafRequest.of("POST", "/messages", Headers.of("Content-Type", type), body);
  }

  private static WafRequest form(String fileName, byte[] content) {
    String file = fileName.isEmpty() ? "" : "; filename=\"" + fileName + "\"";
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(
        ("--------part\r\nContent-Disposition: form-data; name=\"a\"" + file + "\r\n\r\n")
            .getBytes(ISO_8859_1));
    body.writeBytes(content);
    body.writeBytes("\r\n--------part--\r\n".getBytes(ISO_8859_1));
    return raw("multipart/form-data; boundary=------part", body.toByteArray());
  }
}
