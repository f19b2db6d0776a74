// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import java.util.Arrays;

/**
 * An output buffer. It is shared by all connections of a thread, so that writing does not allocate.
 */
public final class Outbox {
  private byte[] bytes = new byte[1_024];
  private int size;

  public void write(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  public void write(byte[] more) {
    write(more, 0, more.length);
  }

  public void write(byte[] more, int from, int length) {
    reserve(length);
    System.arraycopy(more, from, bytes, size, length);
    size += length;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  /** The bytes, valid up to {@link #size}. */
  public byte[] array() {
    return bytes;
  }

  public int size() {
    return size;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  public void clear() {
    size = 0;
  }
}
