// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.net.InetAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * Hashes keys to 64 bits. {@link Object#hashCode()} has 32 bits, for which random collisions are
 * likely from 65,000 keys, and which a client that chooses its own key can make collide
 * deliberately. Common key types are therefore hashed completely, under a secret drawn for each
 * limiter. Two of a million keys share 64 bits with a probability of 3 in 10<sup>8</sup>.
 *
 * <p>The hash folds 128-bit products, in the manner of wyhash [1]. Its secret seed and factor are
 * the defence against chosen keys [2]; it is no cryptographic function. A hash costs O(length).
 *
 * <ol>
 *   <li>Wang Yi et al., "Modern Non-Cryptographic Hash Function and Pseudorandom Number Generator",
 *       wyhash, 2019
 *   <li>S. A. Crosby, D. S. Wallach, "Denial of Service via Algorithmic Complexity Attacks", USENIX
 *       Security 2003
 * </ol>
 */
final class KeyHash {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio, odd
  private static final SecureRandom RANDOM = new SecureRandom();

  private static final ClassValue<List<Method>> ACCESSORS =
      new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getAccessor)
              .peek(accessor -> accessor.trySetAccessible())
              .toList();
        }
      };

  private final long seed = RANDOM.nextLong();
  private final long factor = RANDOM.nextLong() | 1;

  /** Hashes a key of a supported type completely. */
  long hash(Object key) {
    if (key instanceof String text) { // checking a class costs less than an interface
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
    return other(key);
  }

  private long other(Object key) {
    if (key instanceof Enum<?> constant) {
      return mix(text(constant.getDeclaringClass().getName()), text(constant.name()));
    }
    if (key instanceof Boolean || key instanceof Character || key instanceof URI) {
      return text(key.toString());
    }
    if (key instanceof Number number && key.getClass().getName().startsWith("java.")) {
      return text(number.toString());
    }
    if (key instanceof byte[] bytes) {
      return bytes(bytes);
    }
    if (key instanceof Record parts) {
      return parts(parts);
    }
    throw new IllegalArgumentException(
        "key: "
            + key.getClass().getName()
            + " (expected: a string, number, address, UUID, URI, enum, boolean, character, byte[],"
            + " or a record or List of them; or a keyHash)");
  }

  private long parts(Record key) {
    long h = text(key.getClass().getName());
    for (Method accessor : ACCESSORS.get(key.getClass())) {
      try {
        Object part = accessor.invoke(key);
        h = mix(h, part == null ? 0 : hash(part));
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException("key: " + key.getClass().getName(), e);
      }
    }
    return h;
  }

  /** Hashes the 64 bits returned by the user's function. */
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

  /** A 64 x 64 bit multiplication folded to 64 bits, the step of [1]. */
  private long mix(long h, long word) {
    long a = h ^ word;
    long b = factor ^ (word + GOLDEN);
    long folded = Math.multiplyHigh(a, b) ^ a * b;
    return (folded ^ folded >>> 32) * GOLDEN;
  }
}
