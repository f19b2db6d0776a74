// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.benchmarks.api;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Completion.Kind;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSession;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.Attributes;
import io.gatewaykit.api.request.ClientAddress;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Overhead of a chain of three guards, each of its own class, for a request that all of them allow.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GuardChainBenchmark {
  private static final Completion SERVED = new Completion(Kind.SERVED, 200);

  private final GuardChain headOnly =
      GuardChain.of(new MethodGuard(), new TargetGuard(), new HeaderGuard());
  private final GuardChain staged =
      GuardChain.of(new MethodGuard(), new TargetGuard(), new ReleasingGuard());
  private final GatewayRequest request = new Request();

  /** All three guards inspect the head only. */
  @Benchmark
  public Verdict headOnly() {
    GuardSession run = headOnly.begin();
    Verdict verdict = run.head(request);
    run.complete(request, SERVED);
    return verdict;
  }

  /** One of the guards is notified of the completion. */
  @Benchmark
  public Verdict withCompletion() {
    GuardSession run = staged.begin();
    Verdict verdict = run.head(request);
    run.complete(request, SERVED);
    return verdict;
  }

  private static Verdict allowIf(boolean good) {
    if (!good) {
      throw new IllegalStateException("the benchmark's request must be allowed");
    }
    return Verdict.allow();
  }

  private record MethodGuard(String name) implements Guard {
    MethodGuard() {
      this("method");
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return allowIf(request.method().equals("GET"));
    }
  }

  private record TargetGuard(String name) implements Guard {
    TargetGuard() {
      this("target");
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return allowIf(request.rawTarget().startsWith("/"));
    }
  }

  private record HeaderGuard(String name) implements Guard {
    HeaderGuard() {
      this("header");
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return allowIf(request.headers().first("host") != null);
    }
  }

  private record ReleasingGuard(String name) implements Guard {
    ReleasingGuard() {
      this("releasing");
    }

    @Override
    public Set<Stage> stages() {
      return Set.of(Stage.HEAD, Stage.COMPLETION);
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return allowIf(request.client() != null);
    }
  }

  private record Request(Headers headers, ClientAddress client, Attributes attributes)
      implements GatewayRequest {
    Request() {
      this(Headers.of("Host", "example.org", "Accept", "*/*"), loopback(), new Attributes());
    }

    private static ClientAddress loopback() {
      InetAddress address = InetAddress.getLoopbackAddress();
      return new ClientAddress(address, address, address);
    }

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String rawTarget() {
      return "/chat/rooms?id=1";
    }

    @Override
    public String protocol() {
      return "HTTP/1.1";
    }

    @Override
    public String scheme() {
      return "http";
    }
  }
}
