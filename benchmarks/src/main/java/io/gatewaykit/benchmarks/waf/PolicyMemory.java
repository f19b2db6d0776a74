// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.Target;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints the heap and CPU time used by firewalls that differ by one exclusion, after each has
 * inspected the sample requests: {@code java -cp benchmarks.jar
 * io.gatewaykit.benchmarks.waf.PolicyMemory}.
 */
public final class PolicyMemory {
  private static final int POLICIES = 30;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MIB = 1 << 20;

  private PolicyMemory() {}

  /** Takes no arguments. */
  public static void main(String[] args) {
    List<WafRequest> requests = new ArrayList<>();
    for (SampleRequests.Sample sample : SampleRequests.all()) {
      Headers headers = Headers.of(sample.fields().toArray(new String[0]));
      requests.add(
          WafRequest.of(sample.method(), sample.target(), headers, sample.body().getBytes(UTF_8)));
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    List<Waf> kept = new ArrayList<>();
    for (int i = 0; i <= POLICIES; i++) {
      long before = usedHeap();
      long start = threads.getCurrentThreadCpuTime();
      Exclusion exclusion = Exclusion.family(RuleFamily.XSS).target(Target.ARG, "field" + i);
      Waf waf = Waf.builder().exclude(exclusion).build();
      long built = threads.getCurrentThreadCpuTime() - start;
      for (int round = 0; round < 10; round++) {
        requests.forEach(waf::inspect);
      }
      kept.add(waf);
      System.out.printf(
          Locale.ROOT,
          "policy %2d: built in %7.1f ms, %6.2f MiB with its warm-up%n",
          i,
          built / NANOS_PER_MILLI,
          (usedHeap() - before) / MIB);
    }
    System.out.println(kept.size() + " policies");
  }

  private static long usedHeap() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < 3; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
