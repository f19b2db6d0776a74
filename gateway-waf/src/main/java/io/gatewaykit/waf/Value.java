package io.gatewaykit.waf;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.List;

/** One text to inspect: bytes as chars, decoded once where its place in the request asks for it. */
record Value(Target target, String name, String text) {
  /** What names of passwords and the like have in them. */
  private static final List<String> SECRET_NAMES =
      List.of(
          "passw",
          "passphrase",
          "pwd",
          "secret",
          "token",
          "session",
          "authorization",
          "apikey",
          "api-key",
          "api_key");

  /** Whether this is what lets someone in, so that it must not get into logs or be kept. */
  boolean isSecret() {
    String lower = Decoding.lowercase(name);
    return switch (target) {
      case COOKIE -> true; // whatever its name, it may be a session
      case ARG, HEADER -> SECRET_NAMES.stream().anyMatch(lower::contains);
      default -> false;
    };
  }
}
