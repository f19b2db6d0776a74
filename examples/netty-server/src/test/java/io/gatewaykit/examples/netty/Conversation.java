// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.netty;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A WebSocket client in the room, and the messages that it has received. */
final class Conversation implements WebSocket.Listener, AutoCloseable {
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final WebSocket socket;

  Conversation(HttpClient client, int port) {
    URI uri = URI.create("ws://127.0.0.1:" + port + "/chat");
    socket = client.newWebSocketBuilder().buildAsync(uri, this).join();
  }

  void say(String message) {
    socket.sendText(message, true).join();
  }

  List<String> heard() {
    return heard;
  }

  /** Returns the close code of the server, completed when the WebSocket is closed. */
  CompletableFuture<Integer> closed() {
    return closed;
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
    heard.add(text.toString());
    from.request(1);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(code);
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void close() {
    socket.abort();
  }
}
