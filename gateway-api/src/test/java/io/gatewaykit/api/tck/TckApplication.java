package io.gatewaykit.api.tck;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The application of the suite. Each server's test code answers, by the path of the request:
 *
 * <ul>
 *   <li>{@value #FAIL}: throws {@link #failure()}, or does what its server calls failing
 *   <li>{@value #HANG}: answers as for any other path, but not before {@link #released}, and holds
 *       no thread until then
 *   <li>{@value #STREAM}: with {@value #FIRST}, flushed, and, after {@link #released}, {@value
 *       #SECOND}, chunked
 *   <li>any other path: with {@link #status}, {@link #body} and the field {@code X-App: yes}, after
 *       it has read the whole body
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

  /** Counts a call; to be called first. */
  public void called() {
    calls.incrementAndGet();
  }

  /** Returns how often it was called since the last {@link #reset}. */
  public int calls() {
    return calls.get();
  }

  /** Forgets what was. */
  public void reset() {
    calls.set(0);
    released = new CompletableFuture<>();
  }

  /** Returns what long polls and second parts wait for. */
  public CompletableFuture<Void> released() {
    return released;
  }

  /** Returns what to fail with. */
  public static RuntimeException failure() {
    return new IllegalStateException("the application fails, as the test wants");
  }

  /** Returns the status: the path's last part if that is a number, else 200. */
  public static int status(String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.matches("[2-5][0-9][0-9]") ? Integer.parseInt(last) : 200;
  }

  /** Returns the body: that of the request, or a greeting if it has none. */
  public static byte[] body(byte[] requestBody) {
    return requestBody.length > 0 ? requestBody : "hello".getBytes(StandardCharsets.ISO_8859_1);
  }
}
