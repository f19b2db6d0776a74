package io.gatewaykit.examples.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuardedServerTest {
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void existingServer_isServedLimitedAndProtected() throws Exception {
    try (GuardedServer server = GuardedServer.start(0)) {
      assertThat(get(server, "/").body()).isEqualTo("hello\n");
      assertThat(get(server, "/?q=%3Cscript%3Ealert(1)%3C/script%3E").statusCode()).isEqualTo(403);

      List<Integer> statuses = new ArrayList<>();
      while (statuses.size() < 1000 && !statuses.contains(429)) {
        statuses.add(get(server, "/").statusCode());
      }
      assertThat(statuses).contains(429).startsWith(200);
    }
  }

  private HttpResponse<String> get(GuardedServer server, String target) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + target);
    return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
