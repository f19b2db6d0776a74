// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.failover.canary.TrafficSplit;
import io.gatewaykit.failover.canary.TrafficSplit.Side;
import io.gatewaykit.failover.resolve.CachingResolver;
import io.gatewaykit.failover.resolve.RacingResolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The code of docs/failover-execution.md, compiled and run. */
class ExecutionDocsTest {

  @Test
  void canary() {
    FailoverGroup<URI> current = group("current");
    FailoverGroup<URI> next = group("next");
    String userId = "user-1";
    String mark = "always";

    TrafficSplit split = TrafficSplit.builder("new-edge").share(0.05).guard(100, 0.02, 1.5).build();
    FailoverGroup<URI> group = split.side(userId, mark) == Side.CANARY ? next : current;

    assertThat(group).isSameAs(next);
  }

  private static FailoverGroup<URI> group(String name) {
    URI uri = URI.create("http://" + name + ".example");
    return FailoverGroup.<URI>builder(name).line(Line.of("l", 0, Endpoint.of(name, uri))).build();
  }

  @Test
  void waiting() throws Exception {
    Line<URI> line = Line.of("l", 0, Endpoint.of("e", URI.create("http://e.example")));
    FailoverGroup<URI> shop =
        FailoverGroup.<URI>builder("shop")
            .line(line)
            .endpoints(
                EndpointPolicy.builder()
                    .maxInFlight(50) // or adaptiveLimit(() -> AdaptiveLimit.between(50, 5, 200))
                    .queue(Duration.ofMillis(200), 100)
                    .build())
            .build();
    assertThat(shop.<String>execute(true, lease -> lease.payload().getHost()))
        .isEqualTo("e.example");
    shop.close();
  }

  @Test
  void resolvers() throws Exception {
    AddressResolver httpDns =
        (host, network) -> CompletableFuture.failedFuture(new UnknownHostException("blocked"));
    Executor executor = Runnable::run;
    Map<String, List<InetAddress>> addresses =
        Map.of("name.invalid", List.of(InetAddress.getLoopbackAddress()));

    try (RacingResolver race =
            RacingResolver.builder(httpDns, AddressResolver.system(executor, Duration.ofMinutes(1)))
                .build();
        CachingResolver resolver =
            CachingResolver.builder(race.orElse(AddressResolver.builtIn(addresses)))
                .timeout(Duration.ofSeconds(30))
                .build()) {
      assertThat(
              resolver
                  .resolve("name.invalid", AddressResolver.ANY_NETWORK)
                  .toCompletableFuture()
                  .get(30, TimeUnit.SECONDS)
                  .source())
          .isEqualTo("built-in list");
    }
  }

  private static final Line<URI> line =
      Line.of(
          "l",
          0,
          Endpoint.of("a", URI.create("http://a")),
          Endpoint.of("b", URI.create("http://b")));

  private static int call(URI uri) {
    return uri.getHost().length() == 1 ? 200 : 500;
  }

  @Test
  void reusableLease() throws Exception {
    FailoverGroup<URI> group = group("current");

    // reusable
    ReusableLease<URI> lease = group.reusableLease(); // one per worker
    SelectContext context = new SelectContext();
    long number = lease.begin(context.reset());
    if (number != ReusableLease.NONE) {
      int status = call(lease.payload());
      lease.end(number, Outcome.SUCCESS, status);
    }
    // end reusable

    assertThat(group.snapshot().lines().get(0).traffic().successes()).isEqualTo(1);
    assertIsInTheDocs("reusable");
  }

  @Test
  void sticky() throws Exception {
    var secret = new byte[32];
    @Nullable String cookie = null;
    for (int visit = 0; visit < 2; visit++) {
      // sticky
      StickyTokens tokens = StickyTokens.builder(1, secret).build(); // 32 random bytes or more
      FailoverGroup<URI> group =
          FailoverGroup.<URI>builder("chat").line(line).sticky(Stickiness.of(tokens)).build();
      SelectContext context = new SelectContext();
      if (cookie != null) {
        context.stickyToken(cookie);
      }
      Lease<URI> lease = group.select(context);
      if (lease != null) {
        String fresh = lease.stickyToken(cookie); // null: the client's token is valid
        lease.succeed(call(lease.payload()));
        // end sticky
        assertThat(fresh == null).isEqualTo(visit == 1);
        cookie = fresh;
      }
    }
    assertIsInTheDocs("sticky");
  }

  /** Asserts that the docs contain the code between the marks, apart from indentation. */
  private static void assertIsInTheDocs(String mark) throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/failover/ExecutionDocsTest.java"));
    int from = source.indexOf("// " + mark + "\n") + mark.length() + 4;
    String snippet = source.substring(from, source.indexOf("// end " + mark)).stripTrailing();
    assertThat(Files.readString(Path.of("../docs/failover-execution.md")))
        .contains(snippet.stripIndent());
  }
}
