// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.waf;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafLimits;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Inspection of an ordinary request with all built-in rules of paranoia level 1. */
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 1) // JIT compilation is complete after four to six
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // initialised by JMH and the set-up
public class WafInspectionBenchmark {
  @Param({"get", "json", "form"})
  private String kind;

  /** The size of the value cache; 0 inspects every header field as new. */
  @Param({"0", "1024"})
  private int rememberedValues;

  private Waf waf;
  private WafRequest request;

  /** Builds the firewall and the request. */
  @Setup
  public void build() {
    WafLimits limits = WafLimits.builder().rememberedValues(rememberedValues).build();
    waf = Waf.builder().limits(limits).build();
    request =
        switch (kind) {
          case "get" -> WafRequest.of("GET", "/lessons/42?lang=zh&level=3", headers());
          case "json" ->
              post(
                  "application/json",
                  """
                  {"room":"general","text":"Hi all, can we move the meeting to 3pm? I'd like to \
                  select a new topic from the list and update the plan.","mentions":["anna"]}\
                  """);
          default ->
              post(
                  "application/x-www-form-urlencoded",
                  "name=Anna+Smith&email=anna%40example.com&bio=I+like+tea+%26+books%21&lang=en");
        };
    if (waf.inspect(request).blocked()) {
      throw new IllegalStateException("an ordinary request is blocked");
    }
  }

  private static WafRequest post(String type, String body) {
    return WafRequest.of(
        "POST", "/account", headers("Content-Type", type), body.getBytes(StandardCharsets.UTF_8));
  }

  private static Headers headers(String... more) {
    List<String> all =
        SampleRequests.browserFields(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
                + " Chrome/126.0.0.0 Safari/537.36",
            2,
            "session=4f9c2b7e1d8a; theme=dark; _ga=GA1.2.1234567.1700000000",
            "Sec-Fetch-Site",
            "same-origin",
            "Upgrade-Insecure-Requests",
            "1");
    all.addAll(List.of(more));
    return Headers.of(all.toArray(new String[0]));
  }

  /** The complete request: head and body. */
  @Benchmark
  public WafResult inspect() {
    return waf.inspect(request);
  }
}
