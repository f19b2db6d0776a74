// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prints the cost of inspections: process CPU time and memory per request, so that engines without
 * a JMH benchmark can be compared ({@code benchmarks/scripts/waf-modsecurity.sh}).
 */
public final class InspectionCpu {
  private static final int WARM_UP_SECONDS = 15;
  private static final int MEASURED_SECONDS = 10;

  private InspectionCpu() {}

  /** Usage: {@code --write REQUESTS.bin}, or {@code REQUESTS.bin} to measure. */
  public static void main(String[] args) throws IOException {
    if (args.length == 2 && args[0].equals("--write")) {
      write(Path.of(args[1]), SampleRequests.all());
    } else if (args.length == 1) {
      measure(read(Path.of(args[0])));
    } else {
      System.err.println("usage: InspectionCpu [--write] REQUESTS.bin");
      System.exit(2);
    }
  }

  private static void write(Path file, List<SampleRequests.Sample> requests) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(requests.size());
      for (SampleRequests.Sample request : requests) {
        text(out, request.method());
        text(out, request.target());
        out.writeInt(request.fields().size() / 2);
        for (String field : request.fields()) {
          text(out, field);
        }
        byte[] body = request.body().getBytes(UTF_8);
        out.writeInt(body.length);
        out.write(body);
      }
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    out.writeInt(text.length());
    out.write(text.getBytes(ISO_8859_1));
  }

  private static List<WafRequest> read(Path file) throws IOException {
    List<WafRequest> requests = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (int n = in.readInt(); n > 0; n--) {
        String method = new String(bytes(in), ISO_8859_1);
        String target = new String(bytes(in), ISO_8859_1);
        String[] fields = new String[in.readInt() * 2];
        for (int i = 0; i < fields.length; i++) {
          fields[i] = new String(bytes(in), ISO_8859_1);
        }
        requests.add(WafRequest.of(method, target, Headers.of(fields), bytes(in)));
      }
    }
    return requests;
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  private static void measure(List<WafRequest> requests) {
    var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long heap = usedHeap();
    long buildStart = System.nanoTime();
    Waf waf = Waf.builder().build();
    System.out.printf(
        "gateway-waf: built cold in %d ms%n", (System.nanoTime() - buildStart) / 1_000_000);
    long blocked = requests.stream().filter(request -> waf.inspect(request).blocked()).count();
    rounds(waf, requests, WARM_UP_SECONDS);
    System.out.printf("gateway-waf: %.1f MB of policy and states%n", (usedHeap() - heap) / 1e6);

    long cpu = process.getProcessCpuTime();
    long bytes = thread.getCurrentThreadAllocatedBytes();
    long count = rounds(waf, requests, MEASURED_SECONDS);
    System.out.printf(
        "gateway-waf: %d requests, %d inspections, %.1f us CPU and %d bytes for each, %.2f %%"
            + " blocked%n",
        requests.size(),
        count,
        (process.getProcessCpuTime() - cpu) / 1e3 / count,
        (thread.getCurrentThreadAllocatedBytes() - bytes) / count,
        100.0 * blocked / requests.size());

    long[] nanos = new long[requests.size() * 20];
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      waf.inspect(requests.get(i % requests.size()));
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "gateway-waf: median %.1f us, 99 %% %.1f us%n",
        nanos[nanos.length / 2] / 1e3, nanos[(int) (nanos.length * 0.99)] / 1e3);
    largeParameter(waf);
  }

  private static void largeParameter(Waf waf) {
    StringBuilder body = new StringBuilder("text=");
    while (body.length() < 64 << 10) {
      body.append("We+meet+at+3pm%2C+I+think.+Don%27t+be+late%21+").append(body.length());
    }
    WafRequest request =
        WafRequest.of(
            "POST",
            "/account",
            Headers.of("Content-Type", "application/x-www-form-urlencoded"),
            body.toString().getBytes(ISO_8859_1));
    rounds(waf, List.of(request), 2);
    long start = System.nanoTime();
    int count = rounds(waf, List.of(request), 2);
    System.out.printf(
        "gateway-waf: a parameter of 64 KB %.2f ms%n", (System.nanoTime() - start) / 1e6 / count);
  }

  /** Inspects all requests repeatedly for about {@code seconds}; returns the number of rounds. */
  private static int rounds(Waf waf, List<WafRequest> requests, int seconds) {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    int count = 0;
    while (System.nanoTime() < end) {
      for (WafRequest request : requests) {
        waf.inspect(request);
      }
      count += requests.size();
    }
    return count;
  }

  private static long usedHeap() {
    System.gc();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
