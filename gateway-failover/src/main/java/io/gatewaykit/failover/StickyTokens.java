// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies the tokens that keep a client at its endpoint, usually in a cookie. A token
 * contains a hash of the endpoint's id, which discloses nothing to a client, and is valid for one
 * group only. It is signed with HMAC-SHA-256, and signatures are compared in constant time: clients
 * can neither forge a token nor choose their endpoint.
 *
 * <p>To rotate keys, first accept the new key on all instances, then sign with it and accept the
 * old one until the last token signed with it has expired. Tokens have no expiry of their own; that
 * of the cookie applies.
 *
 * <p>Immutable and thread-safe.
 */
public final class StickyTokens {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int NAMED = 1 + Long.BYTES; // the key number and the endpoint hash
  private static final int SIGNATURE = 16;
  private static final int LENGTH = (NAMED + SIGNATURE) * 4 / 3 + 1; // 25 bytes are 34 characters

  private final int signer;
  private final Map<Integer, Mac> keys;

  private StickyTokens(int signer, Map<Integer, Mac> keys) {
    this.signer = signer;
    this.keys = Map.copyOf(keys);
  }

  /**
   * Returns a new builder that signs with this key.
   *
   * @param number the key number, which identifies the key in a token, 0 to 255
   * @param key 32 to 1024 secret bytes; copied
   * @throws IllegalArgumentException if one is out of range
   */
  public static Builder builder(int number, byte[] key) {
    return new Builder(number).accept(number, key);
  }

  /** Collects keys, each number at most once. Not thread-safe. */
  public static final class Builder {
    private final int signer;
    private final Map<Integer, Mac> keys = new HashMap<>();

    private Builder(int signer) {
      this.signer = signer;
    }

    /**
     * Adds a key whose signatures are also accepted.
     *
     * @param number the key number, which identifies the key in a token, 0 to 255 and not in use
     * @param key 32 to 1024 secret bytes; copied
     * @throws IllegalArgumentException if one is out of range, or the number is already in use
     */
    public Builder accept(int number, byte[] key) {
      int length = requireNonNull(key, "key").length;
      Arguments.range("number", number, 0, 255);
      if (length < 32 || length > 1024) {
        throw Arguments.outside("key", length + " bytes", "32..1024");
      }
      if (keys.putIfAbsent(number, mac(key)) != null) {
        throw Arguments.outside("number", number, "not in use");
      }
      return this;
    }

    /** Builds the signer. */
    public StickyTokens build() {
      return new StickyTokens(signer, keys);
    }
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ALGORITHM + " is not available", e);
    }
  }

  /** Returns the token of an endpoint. */
  String sign(String group, long endpoint) {
    byte[] token =
        ByteBuffer.allocate(NAMED + SIGNATURE).put((byte) signer).putLong(endpoint).array();
    byte[] signature = signature(signer, group, token);
    System.arraycopy(requireNonNull(signature), 0, token, NAMED, SIGNATURE);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  /** Returns the endpoint hash of a token, or empty if the token is not valid for this group. */
  OptionalLong verify(String group, String text) {
    if (text.length() != LENGTH) {
      return OptionalLong.empty(); // before decoding: it may be huge
    }
    byte[] token;
    try {
      token = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
    if (token.length != NAMED + SIGNATURE) {
      return OptionalLong.empty();
    }
    byte[] expected = signature(token[0] & 0xff, group, token);
    byte[] actual = Arrays.copyOfRange(token, NAMED, token.length);
    return expected != null && MessageDigest.isEqual(expected, actual)
        ? OptionalLong.of(ByteBuffer.wrap(token).getLong(1))
        : OptionalLong.empty();
  }

  private byte @Nullable [] signature(int number, String group, byte[] token) {
    Mac key = keys.get(number);
    if (key == null) {
      return null;
    }
    try {
      Mac mac = (Mac) key.clone(); // a prototype that is never used, so any thread may copy it
      mac.update(token, 0, NAMED);
      return Arrays.copyOf(mac.doFinal(group.getBytes(StandardCharsets.UTF_8)), SIGNATURE);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(ALGORITHM + " cannot be cloned", e);
    }
  }
}
