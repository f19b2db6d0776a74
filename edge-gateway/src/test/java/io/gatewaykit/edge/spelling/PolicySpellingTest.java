// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.spelling;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.edge.EdgeGateway;
import io.gatewaykit.edge.config.ConfigReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * With the default firewall, no spelling of a path reaches an area without its limit or its
 * firewall, and honest targets have the same result as without the gateway.
 */
@Timeout(300)
@Tag("slow")
class PolicySpellingTest {
  private static final String ATTACK = "?q=eval%28%24_POST%5B1%5D%29";

  @TempDir Path directory;

  private static EdgeGateway gateway(Backend backend) throws Exception {
    return EdgeGateway.start(
        ConfigReader.read(
            "test.yaml",
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            limits:
              chat: {rate: 1000000/s, burst: 1000000}
              admin: {rate: 1000000/s, burst: 1000000}
              static: {rate: 1000000/s, burst: 1000000}
              rest: {rate: 1000000/s, burst: 1000000}
            defaults: {limit: rest}
            routes:
              - {name: chat, priority: 3, path: /chat/**, limit: chat}
              - {name: admin, priority: 2, path: /admin/**, limit: admin}
              - {name: static, priority: 1, path: /static/**, limit: static, waf: off}
            checks: {type: tcp, interval: 30s, timeout: 10s}
            policy: {per-try-timeout: 20s, hedge: off, breaker: off}
            lines:
              - name: line
                endpoints: [{address: "127.0.0.1:%d"}]
            """
                .formatted(backend.port())),
        "test.yaml",
        1);
  }

  static Set<String> spellings() {
    var all = new LinkedHashSet<String>();
    all.addAll(Spellings.of("chat", "static"));
    all.addAll(Spellings.of("admin", "static"));
    all.addAll(Spellings.of("static", "chat"));
    return all;
  }

  @Test
  void spellings_areManyAndHonestTargetsToo() {
    assertThat(spellings()).hasSizeGreaterThanOrEqualTo(400);
    assertThat(HonestTargets.all()).hasSizeGreaterThanOrEqualTo(150);
  }

  @ParameterizedTest
  @EnumSource
  void noSpelling_reachesAnAreaWithoutItsPolicy(Server server) throws Exception {
    var dodges = new ArrayList<String>();
    int reached = 0;
    try (Backend backend = server.start(directory);
        EdgeGateway gateway = gateway(backend)) {
      for (String target : spellings()) {
        RawResponse response = get(gateway.address(), target);
        String area = area(response);
        if (area == null) {
          continue;
        }
        reached++;
        if (!response.lines().toString().contains("\"" + area + "\"")) {
          dodges.add(target + " reaches " + response.body() + " without its limit");
        } else if (!area.equals("static")
            && area(get(gateway.address(), target + ATTACK)) != null) {
          dodges.add(target + " reaches " + response.body() + " without the firewall");
        }
      }
    }
    assertThat(dodges).isEmpty();
    assertThat(reached).isGreaterThan(50); // verifies that the test reaches the servers at all
  }

  @ParameterizedTest
  @EnumSource
  void honestTargets_passAsWithoutTheGateway(Server server) throws Exception {
    var differences = new ArrayList<String>();
    try (Backend backend = server.start(directory);
        EdgeGateway gateway = gateway(backend)) {
      var direct = new InetSocketAddress(InetAddress.getLoopbackAddress(), backend.port());
      for (String target : HonestTargets.all()) {
        RawResponse without = get(direct, target);
        RawResponse with = get(gateway.address(), target);
        if (without.status() != with.status() || !without.body().equals(with.body())) {
          differences.add(
              target
                  + ": "
                  + without.status()
                  + " "
                  + without.body()
                  + ", "
                  + with.status()
                  + " "
                  + with.body());
        }
      }
    }
    assertThat(differences).isEmpty();
  }

  private static @Nullable String area(RawResponse response) {
    if (response.status() != 200 || !response.body().startsWith(Backend.MARK)) {
      return null;
    }
    return response.body().substring(Backend.MARK.length()).split(" ", 2)[0];
  }

  private static RawResponse get(InetSocketAddress server, String target) throws IOException {
    try (RawClient client = new RawClient(server.getPort())) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      return client.read();
    }
  }
}
