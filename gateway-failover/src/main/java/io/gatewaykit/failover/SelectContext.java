package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a choice depends on besides the state of the endpoints: the key that sticks to an endpoint,
 * whether the request may safely be repeated, and which endpoints it has tried. A caller may reuse
 * one for the next request after {@link #reset}. Not thread-safe.
 */
public final class SelectContext {
  private static final EndpointState<?>[] NONE = {};

  private long key;
  private boolean keyed;
  private boolean idempotent = true;
  private @Nullable String token;
  private boolean nextLineFirst;
  private EndpointState<?>[] excluded = NONE;
  private int excludedCount;
  private int attempts;
  private @Nullable LineState<?> lastLine;
  private long permit;
  private long linePermit;

  /** Creates a context without a key, for a request that may be repeated. */
  public SelectContext() {}

  /**
   * Sets the key: with a hashing balancer requests of one key go to one endpoint, and with any
   * balancer to one line, as long as the group does not change.
   */
  public SelectContext key(long key) {
    this.key = key;
    keyed = true;
    return this;
  }

  /** Sets the key to a hash of this text, such as a user's name; the hash never changes. */
  public SelectContext key(CharSequence text) {
    return key(Hashing.of(requireNonNull(text, "text")));
  }

  /**
   * Sets the token that the client brought, as {@link Lease#stickyToken} gave it: the request goes
   * to that endpoint if it can. Anything else, also a forged token, is as no token. Counts only in
   * a group with {@link FailoverGroupBuilder#sticky}.
   */
  public SelectContext stickyToken(String token) {
    this.token = requireNonNull(token, "token");
    return this;
  }

  /** Sets whether sending the request twice does no harm. Default: true. */
  public SelectContext idempotent(boolean idempotent) {
    this.idempotent = idempotent;
    return this;
  }

  /** Forgets the key, the token and what was tried. */
  public SelectContext reset() {
    keyed = false;
    token = null;
    idempotent = true;
    nextLineFirst = false;
    Arrays.fill(excluded, 0, excludedCount, null);
    excludedCount = 0;
    attempts = 0;
    lastLine = null;
    return this;
  }

  /** Returns how many endpoints were tried. */
  public int attempts() {
    return attempts;
  }

  boolean keyed() {
    return keyed;
  }

  long key() {
    return key;
  }

  @Nullable String token() {
    return token;
  }

  boolean idempotent() {
    return idempotent;
  }

  /** Returns the line of the last attempt, of a group of this payload. */
  @SuppressWarnings("unchecked") // who asks has just chosen it in a group of that payload
  <T> @Nullable LineState<T> lastLine() {
    return (LineState<T>) lastLine;
  }

  /** Sets whether a retry goes to another line first; by default it stays if it can. */
  SelectContext nextLineFirst(boolean first) {
    nextLineFirst = first;
    return this;
  }

  boolean nextLineFirst() {
    return nextLineFirst;
  }

  /** Tells whether the endpoint must not be picked, being tried already or not admitting. */
  boolean excludes(EndpointState<?> endpoint) {
    for (int i = 0; i < excludedCount; i++) {
      if (excluded[i] == endpoint) {
        return true;
      }
    }
    return false;
  }

  boolean excludesNobody() {
    return excludedCount == 0;
  }

  /** Lets all endpoints be tried again; the attempts made still count. */
  void includeAll() {
    Arrays.fill(excluded, 0, excludedCount, null);
    excludedCount = 0;
  }

  /** Leaves out an endpoint from here on. */
  void exclude(EndpointState<?> endpoint) {
    if (excludedCount == excluded.length) {
      excluded = Arrays.copyOf(excluded, Math.max(4, 2 * excludedCount));
    }
    excluded[excludedCount++] = endpoint;
  }

  /** Notes an attempt, which leaves the endpoint out from here on. */
  void tried(LineState<?> line, EndpointState<?> endpoint, long permit, long linePermit) {
    exclude(endpoint);
    attempts++;
    lastLine = line;
    this.permit = permit;
    this.linePermit = linePermit;
  }

  /** Returns the endpoint of the last attempt, of a group of this payload. */
  @SuppressWarnings("unchecked") // who asks has just chosen it in a group of that payload
  <T> EndpointState<T> lastEndpoint() {
    return (EndpointState<T>) excluded[excludedCount - 1];
  }

  /** Returns the permit of the last attempt from its endpoint's circuit breaker. */
  long permit() {
    return permit;
  }

  /** Returns the permit of the last attempt from its line's circuit breaker. */
  long linePermit() {
    return linePermit;
  }
}
