// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Maps the keys of a limiter to key names in Redis. */
final class KeyNames<K> implements Function<K, String> {
  /** Longer keys are replaced by their hash, so that clients cannot fill Redis. */
  private static final int MAX_CHARS = 128;

  private final String prefix;
  private final Function<? super K, String> text;

  KeyNames(String name, Function<? super K, String> text) {
    this.prefix = name + ":";
    this.text = text;
  }

  @Override
  public String apply(K key) {
    String own = requireNonNull(text.apply(requireNonNull(key, "key")), "the key's text");
    // A key that looks like a hash is hashed too. Otherwise a client could use another's bucket.
    return own.length() <= MAX_CHARS && !own.startsWith("#")
        ? prefix + own
        : prefix + "#" + hash(own);
  }

  private static String hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the text of a string, number, address, UUID, enum, or a list of them. */
  static String textOf(Object key) {
    if (key instanceof InetAddress address) {
      return address.getHostAddress();
    }
    if (key instanceof List<?> list) {
      var text = new StringBuilder();
      for (Object part : list) {
        String own = textOf(requireNonNull(part, "key"));
        text.append(own.length()).append('=').append(own); // makes the encoding of lists injective
      }
      return text.toString();
    }
    if (key instanceof CharSequence
        || key instanceof Number
        || key instanceof Boolean
        || key instanceof Character
        || key instanceof UUID
        || key instanceof Enum<?>) {
      return key.toString();
    }
    throw new IllegalArgumentException(
        "key: a "
            + key.getClass().getName()
            + " (expected: a string, number, address, UUID, enum or list of them, or a keyText)");
  }

  /**
   * Validates a limiter's name. It must not contain a colon, the separator before the key: key
   * {@code ip:x} of limiter {@code login} would collide with key {@code x} of limiter {@code
   * login:ip}.
   *
   * @throws IllegalArgumentException if it is empty, too long, not printable ASCII, or has a colon
   */
  static String checked(String name) {
    if (!requireNonNull(name, "name").matches("[!-9;-~]{1,100}")) {
      throw new IllegalArgumentException(
          "name: " + name + " (expected: 1 to 100 printable ASCII characters, none a colon)");
    }
    return name;
  }
}
