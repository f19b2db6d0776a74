package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

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
 * Signs the tokens that keep a client at an endpoint, to be carried in a cookie, say. A token names
 * its endpoint by a hash of the id, and the group, so it tells a client nothing and is good for one
 * group only. It is signed with HMAC-SHA-256, and a signature is compared in a time that does not
 * depend on where it is wrong: clients can neither forge a token, nor choose their endpoint.
 *
 * <p>To change keys, let all instances accept the new one, then sign with it and accept the old one
 * until the last token it has signed is gone. A token has no time of its own: its carrier has.
 *
 * <p>Immutable and thread-safe.
 */
public final class StickyTokens {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int NAMED = 1 + Long.BYTES; // the key's number and the endpoint
  private static final int SIGNATURE = 16;
  private static final int LENGTH = (NAMED + SIGNATURE) * 4 / 3 + 1; // 25 bytes are 34 characters

  private final int signer;
  private final Map<Integer, Mac> keys;

  private StickyTokens(int signer, Map<Integer, Mac> keys) {
    this.signer = signer;
    this.keys = Map.copyOf(keys);
  }

  /**
   * Returns a builder that signs with this key.
   *
   * @param number what names the key in a token, 0 to 255
   * @param key 32 to 1024 secret bytes; copied
   * @throws IllegalArgumentException if one is out of range
   */
  public static Builder signedWith(int number, byte[] key) {
    return new Builder(number).accept(number, key);
  }

  /** Collects keys. Not thread-safe. */
  public static final class Builder {
    private final int signer;
    private final Map<Integer, Mac> keys = new HashMap<>();

    private Builder(int signer) {
      this.signer = signer;
    }

    /**
     * Accepts tokens signed with this key too.
     *
     * @param number what names the key in a token, 0 to 255, not used yet
     * @param key 32 to 1024 secret bytes; copied
     * @throws IllegalArgumentException if one is out of range, or the number is used
     */
    public Builder accept(int number, byte[] key) {
      int length = requireNonNull(key, "key").length;
      Checks.range("number", number, 0, 255);
      if (length < 32 || length > 1024) {
        throw new IllegalArgumentException("key: " + length + " bytes (expected: 32..1024)");
      }
      if (keys.putIfAbsent(number, mac(key)) != null) {
        throw new IllegalArgumentException("number: " + number + " (expected: not used yet)");
      }
      return this;
    }

    /** Builds the tokens' signer. */
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
      throw new IllegalStateException(ALGORITHM + " is missing, which every Java has", e);
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

  /** Returns the endpoint of a token, or nothing if it is not one of ours for this group. */
  OptionalLong verify(String group, String text) {
    if (text.length() != LENGTH) {
      return OptionalLong.empty(); // before looking at it: it may be huge
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
    byte[] said = Arrays.copyOfRange(token, NAMED, token.length);
    return expected != null && MessageDigest.isEqual(expected, said)
        ? OptionalLong.of(ByteBuffer.wrap(token).getLong(1))
        : OptionalLong.empty();
  }

  private byte @Nullable [] signature(int number, String group, byte[] token) {
    Mac key = keys.get(number);
    if (key == null) {
      return null;
    }
    try {
      Mac mac = (Mac) key.clone(); // one that is never used, so any thread may copy it
      mac.update(token, 0, NAMED);
      return Arrays.copyOf(mac.doFinal(group.getBytes(StandardCharsets.UTF_8)), SIGNATURE);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the provider of " + ALGORITHM + " cannot copy it", e);
    }
  }
}
