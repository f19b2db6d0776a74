// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import java.io.Console;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;

/** A progress bar on the terminal for the bytes read. Disabled without a terminal. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 40;

  private final PrintStream out;
  private final boolean visible;
  private final long total;
  private long read;
  private int shown = -1;

  ProgressBar(PrintStream out, boolean visible, long total) {
    this.out = out;
    this.visible = visible && total > 0;
    this.total = total;
  }

  /** Returns whether the process is attached to an interactive terminal. */
  @SuppressWarnings("SystemConsoleNull") // it can be null before JDK 22
  static boolean onTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // Since JDK 22 a console exists even if both streams are redirected.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Returns a stream that counts the bytes read. */
  InputStream counting(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int b = super.read();
        advance(b < 0 ? 0 : 1);
        return b;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        advance(count);
        return count;
      }
    };
  }

  private void advance(int count) {
    read += Math.max(0, count);
    int percent = (int) Math.min(100, read * 100 / Math.max(1, total));
    if (!visible || percent == shown) {
      return;
    }
    shown = percent;
    int full = percent * WIDTH / 100;
    out.printf("\r[%s%s] %3d %%", "=".repeat(full), " ".repeat(WIDTH - full), percent);
    out.flush();
  }

  /** Removes the bar. */
  @Override
  public void close() {
    if (visible && shown >= 0) {
      out.print("\r" + " ".repeat(WIDTH + 8) + "\r");
      out.flush();
    }
  }
}
