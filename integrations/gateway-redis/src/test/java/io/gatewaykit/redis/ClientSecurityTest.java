// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.ratelimit.Decision.Source;
import io.gatewaykit.ratelimit.Limit;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS, passwords and permissions, with each of the supported clients. */
@Tag("slow")
class ClientSecurityTest {
  @TempDir Path directory;

  private static void assertDecides(RedisStore store) {
    RedisLeakyBucket<String> bucket =
        RedisLeakyBucket.<String>builder(store, "chat")
            .limit(Limit.of(1, Duration.ofMinutes(1)))
            .build();
    assertThat(bucket.check("k", 1).source()).isEqualTo(Source.REMOTE);
    assertThat(bucket.check("k", 1).admitted()).isFalse();
  }

  private static RedisStore build(TestClient.Opened opened) {
    return opened.store().deadline(Duration.ofSeconds(10)).build();
  }

  @ParameterizedTest
  @EnumSource(TestClient.class)
  void tls_trustedCertificate_decidesRemotely(TestClient client) throws Exception {
    TestCertificate certificate = TestCertificate.in(directory);
    try (TestRedis server = TestRedis.withTls(certificate.certificate(), certificate.key())) {
      TestClient.Opened opened = client.open(server.port(), null, certificate);
      try (RedisStore store = build(opened)) {
        assertDecides(store);
      } finally {
        opened.closing().run();
      }
    }
  }

  /** Some clients connect when they are created, others with the store. */
  @ParameterizedTest
  @EnumSource(TestClient.class)
  void tls_unknownCertificate_failsWithTheReason(TestClient client) throws Exception {
    TestCertificate certificate = TestCertificate.in(directory);
    try (TestRedis server = TestRedis.withTls(certificate.certificate(), certificate.key())) {
      assertThatThrownBy(
              () -> {
                TestClient.Opened opened = client.openWithPlatformTrust(server.port());
                try {
                  build(opened).close();
                } finally {
                  opened.closing().run();
                }
              })
          .hasStackTraceContaining("certification path");
    }
  }

  @ParameterizedTest
  @EnumSource(TestClient.class)
  void user_documentedPermissions_areEnough(TestClient client) {
    String more = client == TestClient.REDISSON ? " +ping +script|load" : ""; // as documented
    String permitted = String.join(" ", AclTest.documented()) + more;
    try (TestRedis server =
        TestRedis.fromMaven(("--user limits on >secret ~chat:* " + permitted).split(" "))) {
      TestClient.Opened opened = client.open(server.port(), "limits", null);
      try (RedisStore store = build(opened)) {
        assertThat(AclTest.failedOperations(store)).isEmpty();
        RedisLeakyBucket<String> foreign =
            RedisLeakyBucket.<String>builder(store, "other").limit(Limit.perSecond(1)).build();
        assertThat(foreign.check("a", 1).source()).as("not permitted").isEqualTo(Source.FALLBACK);
      } finally {
        opened.closing().run();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestClient.class)
  void user_wrongPassword_failsWithTheReason(TestClient client) {
    try (TestRedis server =
        TestRedis.fromMaven("--user limits on >other ~chat:* +@all".split(" "))) {
      assertThatThrownBy(
              () -> {
                TestClient.Opened opened = client.open(server.port(), "limits", null);
                try {
                  build(opened).close();
                } finally {
                  opened.closing().run();
                }
              })
          .hasStackTraceContaining("WRONGPASS");
    }
  }
}
