// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Terminates the process when the heap is exhausted. The state after an interrupted operation is
 * undefined, and a supervisor can restart the process. Netty catches the error on its event loops,
 * so without this class and without the JVM's {@code ExitOnOutOfMemoryError} the process would
 * continue.
 */
public final class OutOfMemory {
  /** The status of the JVM's {@code ExitOnOutOfMemoryError}. */
  static final int EXIT_STATUS = 3;

  /** Written without an allocation, in case the logger has no memory either. */
  private static final byte[] MESSAGE =
      "gateway: exiting (out of memory)\n".getBytes(StandardCharsets.US_ASCII);

  private static final FileOutputStream ERROR_OUTPUT = new FileOutputStream(FileDescriptor.err);

  private static final Logger log = LoggerFactory.getLogger(OutOfMemory.class);

  private OutOfMemory() {}

  /** Terminates the process on uncaught errors of this kind. */
  public static void exitOnUncaught() {
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
      exitIf(failure);
      log.error("thread {}: uncaught exception", thread.getName(), failure);
    });
  }

  /** Terminates the process if the failure or one of its causes is an exhausted heap. */
  static void exitIf(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      // Not a subclass: Netty's error for direct buffers closes one connection and does not affect
      // the heap.
      if (cause.getClass() == OutOfMemoryError.class) {
        exit(cause);
      }
    }
  }

  private static void exit(Throwable cause) {
    boolean logged = false;
    try {
      log.error("gateway: exiting (out of memory: {})", cause.getMessage());
      logged = true;
    } finally {
      try {
        if (!logged) {
          ERROR_OUTPUT.write(MESSAGE);
        }
      } catch (IOException closed) {
        // the exit status remains
      } finally {
        Runtime.getRuntime().halt(EXIT_STATUS);
      }
    }
  }
}
