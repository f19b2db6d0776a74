// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.guestbook;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The last entries of a guestbook, and the requests that wait for the next one. Thread-safe. */
final class Entries {
  private static final int MAX_ENTRIES = 100;

  private final Deque<String> entries = new ArrayDeque<>();
  private CompletableFuture<String> next = new CompletableFuture<>();

  void add(String entry) {
    CompletableFuture<String> waiting;
    synchronized (this) {
      if (entries.size() == MAX_ENTRIES) {
        entries.removeFirst();
      }
      entries.addLast(entry);
      waiting = next;
      next = new CompletableFuture<>();
    }
    waiting.complete(entry);
  }

  synchronized List<String> all() {
    return new ArrayList<>(entries);
  }

  synchronized CompletableFuture<String> next() {
    return next;
  }
}
