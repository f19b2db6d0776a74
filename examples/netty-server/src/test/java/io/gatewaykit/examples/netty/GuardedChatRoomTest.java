// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The behaviour of the same server with and without guards. */
class GuardedChatRoomTest {
  private static final String ATTACK = "<script>alert(1)</script>";

  private final HttpClient client = HttpClient.newHttpClient();

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder to(GuardedChatRoom room, String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + room.port() + target));
  }

  private HttpResponse<String> say(GuardedChatRoom room, String text)
      throws IOException, InterruptedException {
    return send(to(room, "/messages").POST(BodyPublishers.ofString(text)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ordinaryUse_isTheSame(boolean guarded) throws Exception {
    try (var room = GuardedChatRoom.start(0, guarded);
        var conversation = new Conversation(client, room.port())) {
      assertThat(say(room, "grüß Gott; 你好!").statusCode()).isEqualTo(201);
      conversation.say("I <3 it & more");
      await().until(() -> conversation.heard().size() == 2);
      assertThat(conversation.heard()).containsExactly("grüß Gott; 你好!", "I <3 it & more");
      assertThat(send(to(room, "/messages")).body()).isEqualTo("grüß Gott; 你好!\nI <3 it & more");
      assertThat(send(to(room, "/elsewhere")).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void attacks_areRejected_andDoNotReachTheRoom() throws Exception {
    try (var bare = GuardedChatRoom.start(0, false);
        var guarded = GuardedChatRoom.start(0, true);
        var conversation = new Conversation(client, guarded.port())) {
      assertThat(say(bare, ATTACK).statusCode()).isEqualTo(201);

      HttpResponse<String> rejected = say(guarded, ATTACK);
      assertThat(rejected.statusCode()).isEqualTo(403);
      assertThat(rejected.headers().firstValue("Content-Type"))
          .hasValue("application/problem+json");
      conversation.say(ATTACK);
      assertThat(conversation.closed().get(10, TimeUnit.SECONDS)).isEqualTo(1008);
      assertThat(send(to(guarded, "/messages")).body()).isEmpty();
    }
  }

  @Test
  void tooManyRequests_responseHasRetryAfter() throws Exception {
    try (var room = GuardedChatRoom.start(0, true)) {
      List<Integer> statuses = new ArrayList<>();
      HttpResponse<String> last = send(to(room, "/messages"));
      for (int i = 0; i < 1000 && last.statusCode() == 200; i++) {
        statuses.add(last.statusCode());
        last = send(to(room, "/messages"));
      }
      assertThat(last.statusCode()).isEqualTo(429);
      assertThat(last.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(statuses).hasSizeGreaterThanOrEqualTo(6);
    }
  }

  @Test
  void tooManyMessages_closeTheWebSocket() throws Exception {
    try (var room = GuardedChatRoom.start(0, true);
        var conversation = new Conversation(client, room.port())) {
      for (int i = 0; i < 1000 && !conversation.closed().isDone(); i++) {
        conversation.say("message " + i);
      }
      assertThat(conversation.closed().get(10, TimeUnit.SECONDS)).isEqualTo(1013);
      assertThat(conversation.heard())
          .hasSizeGreaterThanOrEqualTo(5)
          .first()
          .isEqualTo("message 0");
    }
  }
}
