// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Completions of a language model, as one document and as a stream of events. */
@RestController
final class Completions {
  @GetMapping(path = "/completion", produces = MediaType.APPLICATION_JSON_VALUE)
  String complete(@RequestParam("tokens") int tokens) {
    return "{\"choices\":[{\"text\":\"say \\\"total_tokens\\\": 1\"}],\"usage\":"
        + usage(tokens)
        + "}";
  }

  @GetMapping(path = "/completion-stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  SseEmitter stream(@RequestParam("tokens") int tokens) {
    var emitter = new SseEmitter(10_000L);
    var unused =
        CompletableFuture.runAsync(() -> {
          try {
            for (int i = 0; i < 20; i++) {
              emitter.send("{\"choices\":[{\"delta\":{\"content\":\"\u00e4 " + i + "\"}}]}");
            }
            emitter.send("{\"choices\":[],\"usage\":" + usage(tokens) + "}");
            emitter.send("[DONE]");
            emitter.complete();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return emitter;
  }

  private static String usage(int tokens) {
    return "{\"prompt_tokens\": 7, \"total_tokens\": " + tokens + "}";
  }
}
