// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.chatroom;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The last messages and the listeners of a chat room. Thread-safe. */
final class Room {
  private static final int MAX_MESSAGES = 100;

  private final Deque<String> messages = new ArrayDeque<>();
  private final ChannelGroup listeners = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

  void join(Channel listener) {
    listeners.add(listener);
  }

  void add(String message) {
    synchronized (messages) {
      if (messages.size() == MAX_MESSAGES) {
        messages.removeFirst();
      }
      messages.addLast(message);
    }
    var unused = listeners.writeAndFlush(new TextWebSocketFrame(message));
  }

  List<String> messages() {
    synchronized (messages) {
      return new ArrayList<>(messages);
    }
  }
}
