// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.edge.config.StickyConfig.StickyKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Reads keys from separate files, so that the configuration itself contains no secret. */
final class KeyFile {
  static final String EXPECTED = "a readable file of 32 to 1024 bytes, such as from /dev/urandom";

  private static final int MIN_LENGTH = 32;
  private static final int MAX_LENGTH = 1024;

  private KeyFile() {}

  /** Returns the key, or null if the file is missing, unreadable or not 32 to 1024 bytes long. */
  static @Nullable StickyKey read(Path file) {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_LENGTH) {
        return null;
      }
      byte[] key = Files.readAllBytes(file);
      return key.length < MIN_LENGTH
          ? null
          : new StickyKey(number(key), HexFormat.of().formatHex(key));
    } catch (IOException e) {
      return null;
    }
  }

  /** Derives the number from the digest: equal in all gateways, and reveals nothing of the key. */
  private static int number(byte[] key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key)[0] & 0xff;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
