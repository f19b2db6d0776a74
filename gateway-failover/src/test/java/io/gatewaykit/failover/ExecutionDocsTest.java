package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.TrafficSplit.Side;
import io.gatewaykit.failover.resolve.AddressResolver;
import io.gatewaykit.failover.resolve.CachingResolver;
import io.gatewaykit.failover.resolve.RacingResolver;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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
  void resolvers() throws Exception {
    AddressResolver httpDns =
        (host, network) -> CompletableFuture.failedFuture(new UnknownHostException("blocked"));
    Executor executor = Runnable::run;
    Map<String, List<InetAddress>> addresses =
        Map.of("name.invalid", List.of(InetAddress.getLoopbackAddress()));

    try (RacingResolver race =
            RacingResolver.of(httpDns, AddressResolver.system(executor, Duration.ofMinutes(1)))
                .build();
        CachingResolver resolver =
            CachingResolver.of(race.orElse(AddressResolver.builtIn(addresses)))
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
}
