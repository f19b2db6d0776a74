// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.ratelimit.Decision;
import io.gatewaykit.ratelimit.Limit;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections by TLS, to Debian's server. */
@Tag("slow")
class TlsTest {
  @TempDir static Path directory;
  private static Path certificate;
  private static TestRedis server;

  @BeforeAll
  static void start() throws Exception {
    Path openssl = Path.of("/usr/bin/openssl");
    Assumptions.assumeTrue(Files.isExecutable(openssl), "needs Debian's package openssl");
    certificate = directory.resolve("certificate.pem");
    Path key = directory.resolve("key.pem");
    run(
        openssl.toString(),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
    server = TestRedis.withTls(certificate, key);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(directory.resolve("log"))).isZero();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static RedisClient client(SslOptions ssl) {
    RedisURI uri =
        RedisURI.builder()
            .withHost("127.0.0.1")
            .withPort(server.port())
            .withSsl(true)
            .withTimeout(Duration.ofSeconds(5))
            .build();
    RedisClient client = RedisClient.create(uri);
    client.setOptions(RedisStore.clientOptions().sslOptions(ssl).build());
    return client;
  }

  @Test
  void lettuce_trustedCertificate_decidesRemotely() {
    SslOptions ssl = SslOptions.builder().trustManager(certificate.toFile()).build();
    RedisClient client = client(ssl);
    try (RedisStore store = RedisStore.builder(client).deadline(Duration.ofSeconds(10)).build()) {
      RedisLeakyBucket<String> bucket =
          RedisLeakyBucket.<String>builder(store, "tls")
              .limit(Limit.of(1, Duration.ofMinutes(1)))
              .build();
      assertThat(bucket.check("k", 1).source()).isEqualTo(Decision.Source.REMOTE);
      assertThat(bucket.check("k", 1).admitted()).isFalse();
    } finally {
      client.shutdown();
    }
  }

  @Test
  void lettuce_unknownCertificate_failsToBuildWithTheReason() {
    RedisClient client = client(SslOptions.builder().build());
    try {
      assertThatThrownBy(() -> RedisStore.builder(client).build())
          .isInstanceOf(RedisStoreException.class)
          .hasMessageContaining("certification path");
    } finally {
      client.shutdown();
    }
  }
}
