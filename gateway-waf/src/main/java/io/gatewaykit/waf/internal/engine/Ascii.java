// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Operations on the ASCII letters of byte arrays. */
final class Ascii {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private static final long BELOW_A = ONES * (0x80 - 'A');
  private static final long BELOW_END = ONES * (0x80 - 'Z' - 1);

  private Ascii() {}

  /** Returns a copy with letters in lower case. Processes eight bytes at a time. */
  static byte[] lowercase(byte[] bytes) {
    byte[] lower = bytes.clone();
    int i = 0;
    for (; i + Long.BYTES <= lower.length; i += Long.BYTES) {
      long word = (long) LONG.get(lower, i);
      long ascii = word & ~HIGH;
      // The high bit of each byte is set if it is in A..Z. No byte carries into the next.
      long upper = (ascii + BELOW_A) & ~(ascii + BELOW_END) & ~word & HIGH;
      LONG.set(lower, i, word | upper >>> 2);
    }
    for (; i < lower.length; i++) {
      byte b = lower[i];
      lower[i] = (byte) (b >= 'A' && b <= 'Z' ? b + 32 : b);
    }
    return lower;
  }
}
