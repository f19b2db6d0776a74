// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The application of the suite. The test code of each server responds by the path of the request:
 *
 * <ul>
 *   <li>{@value #FAIL}: throws {@link #failure()}, or fails in the way of the server
 *   <li>{@value #HANG}: as for any other path, but not before {@link #released}, and without
 *       holding a thread until then
 *   <li>{@value #STREAM}: with {@value #FIRST}, flushed, and, after {@link #released}, {@value
 *       #SECOND}, chunked
 *   <li>any other path: with {@link #status}, {@link #body} and the field {@code X-App: yes}, after
 *       reading the entire body
 * </ul>
 */
public final class TckApplication {
  /** The path at which the application fails. */
  public static final String FAIL = "/fail";

  /** The path of a long poll. */
  public static final String HANG = "/hang";

  /** The path of a response in two parts. */
  public static final String STREAM = "/stream";

  /** The first part of the response in two parts. */
  public static final String FIRST = "first";

  /** The second part of the response in two parts. */
  public static final String SECOND = "second";

  private final AtomicInteger calls = new AtomicInteger();
  private volatile CompletableFuture<Void> released = new CompletableFuture<>();

  /** Counts a call. Called first. */
  public void called() {
    calls.incrementAndGet();
  }

  /** Returns the number of calls since the last {@link #reset}. */
  public int calls() {
    return calls.get();
  }

  /** Clears the counter and creates another {@link #released}. */
  public void reset() {
    calls.set(0);
    released = new CompletableFuture<>();
  }

  /** Returns the future that long polls and second parts wait for. */
  public CompletableFuture<Void> released() {
    return released;
  }

  /** Returns the exception to throw at {@value #FAIL}. */
  public static RuntimeException failure() {
    return new IllegalStateException("the application fails, as the test wants");
  }

  /** Returns the status: the last segment of the path if it is a number, otherwise 200. */
  public static int status(String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.matches("[2-5][0-9][0-9]") ? Integer.parseInt(last) : 200;
  }

  /** Returns the body: that of the request, or a greeting if it has none. */
  public static byte[] body(byte[] requestBody) {
    return requestBody.length > 0 ? requestBody : "hello".getBytes(StandardCharsets.ISO_8859_1);
  }
}
