// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static io.gatewaykit.api.internal.Arguments.once;
import static io.gatewaykit.api.internal.Arguments.range;
import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.MessageCheck;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the messages that WebSocket clients send, for Jakarta endpoints and for frameworks based
 * on them. An endpoint calls {@link #admits(Session, String)} with each complete message before it
 * uses it:
 *
 * <p>
 *
 * {@snippet :
 * public void onText(Session session, String text) throws IOException {
 *   if (guard.admits(session, text)) {
 *     receive(text);
 *   }
 * }
 * }
 *
 * <p>A rejected message closes the WebSocket: with code 1013 (try again later) if the status of the
 * rejection is 429 or 503, otherwise with 1008 (policy violation). A check that fails closes it
 * with 1011. A delay or a pending verdict holds the thread of the message. The container then reads
 * no further message of that session, so the order is retained and the client is slowed down. The
 * number of held threads is bounded; a message beyond the bound, or whose verdict is pending for 30
 * s, closes its WebSocket with 1013.
 *
 * <p>Thread-safe: one instance serves all sessions. The messages of a session must be passed in
 * sequence, as containers do.
 */
public final class WebSocketMessageGuard {
  private static final Logger log = LoggerFactory.getLogger(WebSocketMessageGuard.class);

  /** The maximum number of bytes that an inspector receives in one call. */
  private static final int SLICE = 16 << 10;

  private static final int POLICY_VIOLATION = 1008;
  private static final int INTERNAL_ERROR = 1011;
  private static final int TRY_AGAIN_LATER = 1013;

  private final List<MessageCheck> checks;
  private final WaitSlots slots;

  private WebSocketMessageGuard(List<MessageCheck> checks, WaitSlots slots) {
    this.checks = checks;
    this.slots = slots;
  }

  /**
   * Returns a guard that evaluates the checks in order up to the first rejection, with default
   * settings.
   *
   * @throws IllegalStateException if there are none
   */
  public static WebSocketMessageGuard of(MessageCheck... checks) {
    Builder builder = builder();
    for (MessageCheck check : checks) {
      builder.check(check);
    }
    return builder.build();
  }

  /** Returns a builder. At least one check is required. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns a copy of the request as its guards received it, or empty if no {@link GatewayFilter}
   * guards it. The copy stays valid after the handshake. For frameworks that pass the servlet
   * request of a handshake, such as Spring; a Jakarta endpoint uses {@link
   * GuardedEndpointConfigurator}.
   */
  public static Optional<GatewayRequest> upgradeRequest(HttpServletRequest handshake) {
    return GatewayFilter.request(handshake)
        .map(seen -> UpgradeRequest.copyOf(seen, handshake.getUserPrincipal()));
  }

  /**
   * Returns whether the application may use a text message. If not, the session has been closed.
   * May block, see the class description. The endpoint must use {@link
   * GuardedEndpointConfigurator}; otherwise the session is closed with 1011.
   *
   * @param text the complete message
   * @throws IOException if the session could not be closed
   */
  public boolean admits(Session session, String text) throws IOException {
    return admits(session, utf8(text));
  }

  /**
   * Returns whether the application may use a binary message. Equivalent to {@link #admits(Session,
   * String)}.
   *
   * @param payload the complete message, whose position is not changed
   * @throws IOException if the session could not be closed
   */
  public boolean admits(Session session, ByteBuffer payload) throws IOException {
    if (!session.isOpen()) {
      return false; // a message that was received before the close
    }
    OptionalInt code =
        session.getUserProperties().get(GatewayFilter.REQUEST_ATTRIBUTE)
                instanceof GatewayRequest upgrade
            ? check(upgrade, payload)
            : unknownUpgrade();
    if (code.isEmpty()) {
      return true;
    }
    session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code.getAsInt()), ""));
    return false;
  }

  private static OptionalInt unknownUpgrade() {
    log.debug(
        "websocket guard: no upgrade request (expected: GatewayFilter and"
            + " GuardedEndpointConfigurator)");
    return OptionalInt.of(INTERNAL_ERROR);
  }

  /**
   * Checks a text message. Equivalent to {@link #check(GatewayRequest, ByteBuffer)} with its UTF-8
   * bytes.
   */
  public OptionalInt check(GatewayRequest upgrade, String text) {
    return check(upgrade, utf8(text));
  }

  /**
   * Checks a message and returns the code with which the caller must close the WebSocket, or empty
   * if the application may use the message. May block, see the class description.
   *
   * @param upgrade the request that opened the WebSocket, see {@link #upgradeRequest}
   * @param payload the complete message, whose position is not changed
   */
  public OptionalInt check(GatewayRequest upgrade, ByteBuffer payload) {
    requireNonNull(upgrade, "upgrade");
    var message = new BodyView(payload.slice(), true);
    try {
      int code = evaluate(upgrade, message);
      return code == 0 ? OptionalInt.empty() : OptionalInt.of(code);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the container is stopping
      return OptionalInt.of(TRY_AGAIN_LATER);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      log.debug("websocket guard: message check threw an exception", e);
      return OptionalInt.of(INTERNAL_ERROR);
    }
  }

  /** Returns the close code, or 0 to admit the message after the longest delay. */
  private int evaluate(GatewayRequest upgrade, BodyView message) throws InterruptedException {
    Verdict.@Nullable Delay longest = null;
    for (MessageCheck check : checks) {
      Verdict verdict = settled(verdict(check, upgrade, message));
      if (verdict == null) {
        return couldNotWait();
      }
      if (verdict instanceof Verdict.Reject reject) {
        int status = reject.rejection().status();
        return status == 429 || status == 503 ? TRY_AGAIN_LATER : POLICY_VIOLATION;
      }
      if (verdict instanceof Verdict.Delay delay
          && (longest == null || delay.nanos() > longest.nanos())) {
        longest = delay;
      }
    }
    boolean waited = longest == null || ThreadWait.awaitDelay(longest, slots) != null;
    return waited ? 0 : couldNotWait();
  }

  private int couldNotWait() {
    slots.recordRejected();
    return TRY_AGAIN_LATER;
  }

  /** Returns the verdict, or null if it stays pending or must not be waited for. */
  private @Nullable Verdict settled(Verdict verdict) throws InterruptedException {
    return verdict instanceof Verdict.Pending pending
        ? ThreadWait.awaitPending(pending.verdict().toCompletableFuture(), slots)
        : verdict;
  }

  private static Verdict verdict(MessageCheck check, GatewayRequest upgrade, BodyView message) {
    if (message.length() > SLICE) {
      BodyInspector inspector = check.inspectLarge(upgrade);
      if (inspector != null) {
        try {
          return inspect(inspector, message.bytes());
        } finally {
          inspector.close();
        }
      }
    }
    return check.check(upgrade, message);
  }

  private static Verdict inspect(BodyInspector inspector, ByteBuffer remaining) {
    while (remaining.hasRemaining()) {
      int size = Math.min(SLICE, remaining.remaining());
      Rejection rejection = inspector.onBytes(remaining.slice(remaining.position(), size));
      if (rejection != null) {
        return Verdict.reject(rejection);
      }
      remaining.position(remaining.position() + size);
    }
    return inspector.onHeld(true);
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns the numbers of messages that wait now and of those whose WebSockets were closed because
   * they could not wait.
   */
  public WaitStats waits() {
    return slots.stats();
  }

  /**
   * Collects the settings of a {@link WebSocketMessageGuard}. Not thread-safe. A setting that is
   * set twice is an {@link IllegalStateException}.
   */
  public static final class Builder {
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_WAITING_THREADS = 50;

    private final List<MessageCheck> checks = new ArrayList<>();
    private @Nullable Integer maxWaiting;
    private @Nullable Integer maxWaitingThreads;

    private Builder() {}

    /** Adds a check. Checks are evaluated in order up to the first rejection. Repeatable. */
    public Builder check(MessageCheck check) {
      checks.add(requireNonNull(check, "check"));
      return this;
    }

    /**
     * Sets the maximum number of concurrently waiting messages, including those on virtual threads.
     * 1 to 1,000,000; default: 10,000.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxWaiting(int messages) {
      range("maxWaiting", messages, 1, GatewayFilter.Builder.MAX_REQUESTS);
      this.maxWaiting = once("maxWaiting", maxWaiting, messages);
      return this;
    }

    /**
     * Sets the maximum number of messages that hold a platform thread while they wait. A pending
     * verdict that arrives within 100 ms is not counted. Use a value well below the thread count of
     * the container. 1 to 1,000,000; default: 50.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxWaitingThreads(int messages) {
      range("maxWaitingThreads", messages, 1, GatewayFilter.Builder.MAX_REQUESTS);
      this.maxWaitingThreads = once("maxWaitingThreads", maxWaitingThreads, messages);
      return this;
    }

    /**
     * Builds the guard.
     *
     * @throws IllegalStateException if there is no check
     */
    public WebSocketMessageGuard build() {
      if (checks.isEmpty()) {
        throw new IllegalStateException("checks: none (expected: at least one)");
      }
      return new WebSocketMessageGuard(
          List.copyOf(checks),
          new WaitSlots(
              maxWaiting == null ? MAX_WAITING : maxWaiting,
              maxWaitingThreads == null ? MAX_WAITING_THREADS : maxWaitingThreads));
    }
  }
}
