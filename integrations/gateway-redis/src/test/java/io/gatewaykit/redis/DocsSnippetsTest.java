// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.ratelimit.Limit;
import io.gatewaykit.ratelimit.RateLimitGuard;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The code of docs/redis.md, compiled and run. */
class DocsSnippetsTest {
  @Test
  void firstSnippet() throws Exception {
    try (TestRedis server = TestRedis.fromMaven()) {
      RedisClient client = RedisClient.create("redis://127.0.0.1:" + server.port());
      // begin
      client.setOptions(RedisStore.clientOptions().build());
      RedisStore store = RedisStore.builder(client).build();
      RedisLeakyBucket<InetAddress> perClient =
          RedisLeakyBucket.<InetAddress>builder(store, "chat")
              .limit(Limit.perSecond(5).burst(5).nodelay())
              .nodes(4)
              .build();
      GuardChain chain = GuardChain.of(RateLimitGuard.builder("chat", perClient).build());
      // end
      Verdict verdict = chain.begin().head(RequestHead.builder("GET", "/").build());
      assertThat(
              verdict instanceof Verdict.Pending pending
                  ? pending.verdict().toCompletableFuture().get()
                  : verdict)
          .isSameAs(Verdict.allow());
      store.close();
      client.shutdown();
    }
  }

  @Test
  void firstSnippet_isThatOfThePage() throws IOException {
    String page = Files.readString(Path.of("../../docs/redis.md")).replaceAll("\\s+", " ");
    Path self = Path.of("src/test/java/io/gatewaykit/redis/DocsSnippetsTest.java");
    String source = Files.readString(self);
    String code = source.substring(source.indexOf("// begin\n") + 9, source.indexOf("// end\n"));
    assertThat(page).contains(code.replaceAll("\\s+", " ").strip());
  }

  /** The adapter that the contract tests use, without the comments, annotations and layout. */
  @Test
  void redissonAdapter_isThatOfThePageAndShort() throws IOException {
    String page = Files.readString(Path.of("../../docs/redis.md"));
    int code = page.lastIndexOf("```java", page.indexOf("record RedissonScripts")) + 7;
    String shown = page.substring(code, page.indexOf("```", code));
    String source =
        Files.readString(Path.of("src/test/java/io/gatewaykit/redis/docs/RedissonScripts.java"));
    assertThat(plain(shown)).isEqualTo(plain(source.substring(source.indexOf("import "))));
    assertThat(shown.lines().filter(line -> !line.isBlank()).count()).isLessThanOrEqualTo(40);
  }

  private static String plain(String code) {
    return code.replaceAll("(?s)/\\*\\*.*?\\*/", "")
        .replace("@Override", "")
        .replaceAll("\\s+", "");
  }
}
