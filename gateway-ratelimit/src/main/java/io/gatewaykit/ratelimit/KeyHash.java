package io.gatewaykit.ratelimit;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * Makes 64 bits of a key. {@link Object#hashCode()} has 32, of which 65,000 keys share one by
 * chance, and which a client that chooses its own key can make collide at will; so the common key
 * types are hashed whole, under a secret drawn for each limiter. Two keys among a million share 64
 * bits with a probability of 3 in 10<sup>8</sup>.
 */
final class KeyHash {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio, odd
  private static final SecureRandom RANDOM = new SecureRandom();

  private final long seed = RANDOM.nextLong();
  private final long factor = RANDOM.nextLong() | 1;

  /** Hashes a key of a type that can be hashed whole. */
  long hash(Object key) {
    if (key instanceof String text) { // a class is told apart sooner than an interface
      return text(text);
    }
    if (key instanceof CharSequence text) {
      return text(text);
    }
    if (key instanceof InetAddress address) {
      return bytes(address.getAddress());
    }
    if (key instanceof UUID uuid) {
      return mix(mix(seed, uuid.getMostSignificantBits()), uuid.getLeastSignificantBits());
    }
    if (key instanceof Long || key instanceof Integer || key instanceof Short) {
      return mix(seed, ((Number) key).longValue());
    }
    if (key instanceof List<?> parts) {
      long h = seed ^ parts.size() * GOLDEN;
      for (int i = 0; i < parts.size(); i++) {
        h = mix(h, hash(parts.get(i)));
      }
      return h;
    }
    throw new IllegalArgumentException(
        "key: "
            + key.getClass().getName()
            + " (expected: CharSequence, InetAddress, UUID, Long, Integer, Short or a List of"
            + " them, or a keyHash)");
  }

  /** Hashes whatever 64 bits the user's own function makes of a key. */
  <K> ToLongFunction<K> seeded(ToLongFunction<? super K> own) {
    return key -> mix(seed, own.applyAsLong(key));
  }

  private long text(CharSequence text) {
    long h = seed ^ text.length() * GOLDEN;
    long word = 0;
    for (int i = 0; i < text.length(); i++) {
      word = word << 16 | text.charAt(i);
      if ((i & 3) == 3) {
        h = mix(h, word);
        word = 0;
      }
    }
    return mix(h, word);
  }

  private long bytes(byte[] bytes) {
    long h = seed ^ bytes.length * GOLDEN;
    long word = 0;
    for (int i = 0; i < bytes.length; i++) {
      word = word << 8 | bytes[i] & 0xFF;
      if ((i & 7) == 7) {
        h = mix(h, word);
        word = 0;
      }
    }
    return mix(h, word);
  }

  /** A 64 x 64 bit multiplication folded to 64 bits, the step of wyhash (Wang Yi, 2019). */
  private long mix(long h, long word) {
    long a = h ^ word;
    long b = factor ^ (word + GOLDEN);
    long folded = Math.multiplyHigh(a, b) ^ a * b;
    return (folded ^ folded >>> 32) * GOLDEN;
  }
}
