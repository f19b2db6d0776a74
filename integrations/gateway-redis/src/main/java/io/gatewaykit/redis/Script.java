// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A script and its SHA-1. */
final class Script {
  /** Reads the server's time; within a script, TIME is fixed at its start. */
  static final String SERVER_CLOCK =
      """
      local t = redis.call('TIME')
      local sec, nanos, slack = tonumber(t[1]), tonumber(t[2]) * 1000, 1
      """;

  /** Reads the time from the last arguments, for tests; keys outlive their debt. */
  static final String CALLERS_CLOCK =
      """
      local slack, nanos = 3600000, tonumber(table.remove(ARGV))
      local sec = tonumber(table.remove(ARGV))
      """;

  final String text;
  final String sha;

  /** The completion of the call that carries the script text, if one is in flight. */
  final AtomicReference<@Nullable CompletableFuture<Void>> loading = new AtomicReference<>();

  private Script(String text) {
    this.text = text;
    this.sha = sha1(text);
  }

  /** Loads a script from a resource and prepends the prelude. */
  static Script load(String prelude, String resource) {
    try (InputStream in = requireNonNull(Script.class.getResourceAsStream(resource), resource)) {
      return new Script(prelude + new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1"); // the script's name in Redis
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
