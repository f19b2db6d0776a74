// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.env.Environment;

/** A property with an unknown name or a wrong value prevents the start. */
class WrongPropertiesTest {
  private static String report(String... properties) {
    var report = new StringBuilder();
    var environment = new AtomicReference<@Nullable Environment>();
    Contexts.runner()
        .withInitializer(context -> environment.set(context.getEnvironment()))
        .withPropertyValues(properties)
        .run(context -> {
          Throwable failure = context.getStartupFailure();
          report.append(
              failure == null
                  ? "started"
                  : Contexts.report(failure, requireNonNull(environment.get())));
        });
    return report.toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gatewaykit.ratelimits.a.rate=1/s; one of enabled, client-address, ratelimit, concurrency,"
            + " redis, waf, routes, rejections, filter below gatewaykit",
        "gatewaykit.ratelimit.a.brust=1; one of rate, burst, mode, key, exempt, max-keys, shadow,"
            + " failure-mode, headers, after-authentication, applies-to, store below"
            + " gatewaykit.ratelimit.a",
        "gatewaykit.routes[0].paths=/a; one of name, path, methods, host, priority, limits, waf"
            + " below gatewaykit.routes[0]",
        "gatewaykit.waf.exclusions[0].parameter=a; one of rule, family, tag, target, name, path,"
            + " source below gatewaykit.waf.exclusions[0]",
        "gatewaykit.enabled.not=a; a value of gatewaykit.enabled, without further names",
      })
  void unknownName_reportsThePermittedNames(String property, String expected) {
    String name = property.substring(0, property.indexOf('='));
    assertThat(report("gatewaykit.ratelimit.a.rate=1/s", property))
        .contains(name + " is not a property of GatewayKit.")
        .contains("Expected: " + expected)
        .contains("Origin: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gatewaykit.ratelimit.a.burst=-1; burst: -1 (expected",
        "gatewaykit.ratelimit.a.max-keys=0; maxKeys: 0 (expected: 1..100000000)",
        "gatewaykit.ratelimit.a.key=pricipal; pricipal (expected: client-address, principal, host",
        "gatewaykit.ratelimit.a.key=@missing; @missing (expected: a bean of type Function",
        "gatewaykit.ratelimit.a.exempt=10.0.0.0/99; 10.0.0.0/99",
        "gatewaykit.ratelimit.b.burst=1; gatewaykit.ratelimit.b: rate: none (expected",
        "gatewaykit.concurrency.c.max=0; max: 0 (expected: 1..",
        "gatewaykit.concurrency.c.burst=1; gatewaykit.concurrency.c: max: none (expected",
        "gatewaykit.concurrency.a.max=1; a (expected: a unique name)",
        "gatewaykit.client-address.trusted-proxies=10.0.0.0/8; header: NONE (expected",
        "gatewaykit.client-address.ipv6-prefix=0; ipv6PrefixLength: 0 (expected: 1..128)",
        "gatewaykit.routes[0].path=/a; gatewaykit.routes[0]: name: none (expected",
        "gatewaykit.filter.max-waiting=0; maxWaiting: 0 (expected: 1..1000000)",
      })
  void wrongValue_reportsThePermittedValues(String property, String expected) {
    assertThat(report("gatewaykit.ratelimit.a.rate=1/s", property))
        .contains(expected)
        .contains("Property: " + property.substring(0, property.indexOf('=')))
        .contains("Value: \"" + property.substring(property.indexOf('=') + 1) + "\"")
        .contains("Origin: ");
  }

  @Test
  void route_withUnknownLimit_reportsTheLimits() {
    assertThat(
            report(
                "gatewaykit.ratelimit.a.rate=1/s",
                "gatewaykit.routes[0].name=r",
                "gatewaykit.routes[0].limits=b"))
        .contains("gatewaykit.routes[0].limits: b (expected: a)");
  }

  @Test
  void routes_thatTie_areReported() {
    assertThat(
            report(
                "gatewaykit.routes[0].name=one",
                "gatewaykit.routes[0].path=/a/*/c",
                "gatewaykit.routes[1].name=two",
                "gatewaykit.routes[1].path=/a/b/*"))
        .contains("gatewaykit.routes: ", "one", "two");
  }

  @Test
  void rate_thatIsNone_reportsExamples() {
    Contexts.runner()
        .withPropertyValues("gatewaykit.ratelimit.a.rate=fast")
        .run(context ->
            assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessage(
                    "rate: fast (expected: 1 to 1000000 per s, m, h or d, such as 5/s or"
                        + " 300/m)"));
  }

  @Test
  void otherPrefixes_belongToTheApplication() {
    assertThat(report("gateway.url=http://127.0.0.1", "gatewaykits.a=b")).isEqualTo("started");
  }
}
