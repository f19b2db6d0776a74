// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The input of a selection apart from the state of the endpoints: the key, the idempotence of the
 * request, and the endpoints already tried. Can be reused for the next request after {@link
 * #reset}. Not thread-safe.
 */
public final class SelectContext {
  private static final @Nullable Object[] NONE = {};

  private long key;
  private boolean keyed;
  private boolean idempotent = true;
  private @Nullable String token;
  private boolean nextLineFirst;
  private String trafficClass = "";
  private long cost = 1;

  /** The states of endpoints, compared by identity. */
  private @Nullable Object[] excluded = NONE;

  private int excludedCount;

  /**
   * The number of tried endpoints; entries of {@link #excluded} beyond it reject the current
   * selection only.
   */
  private int triedCount;

  private int attempts;
  private @Nullable Object lastLine;

  /** Creates a context without a key, for an idempotent request. */
  public SelectContext() {}

  /**
   * Sets the key. With a hashing balancer, requests with the same key go to the same endpoint, and
   * with any balancer to the same line, as long as the group does not change.
   */
  public SelectContext key(long key) {
    this.key = key;
    keyed = true;
    return this;
  }

  /** Sets the key to a hash of a text, such as a user name; the hash is stable across versions. */
  public SelectContext key(CharSequence text) {
    return key(Hashing.of(requireNonNull(text, "text")));
  }

  /**
   * Sets the client's token, as issued by {@link Lease#stickyToken}: the request goes to its
   * endpoint if that is available. An invalid or forged token is ignored. Has no effect unless
   * {@link FailoverGroupBuilder#sticky} is set.
   */
  public SelectContext stickyToken(String token) {
    this.token = requireNonNull(token, "token");
    return this;
  }

  /** Sets whether the request may safely be sent more than once. Default: true. */
  public SelectContext idempotent(boolean idempotent) {
    this.idempotent = idempotent;
    return this;
  }

  /**
   * Sets the class of the request, such as {@code notification}, which determines the lines that
   * may carry it; see {@link LineTraffic}. Default: none.
   */
  public SelectContext trafficClass(String name) {
    trafficClass = requireNonNull(name, "name");
    return this;
  }

  /**
   * Sets the cost of an attempt in the unit of the budgets of lines, such as its expected bytes, 0
   * to 1,000,000,000,000. Default: 1. {@link Lease#charge} adds a cost that is known later.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public SelectContext cost(long units) {
    cost = Arguments.range("cost", units, 0, LineTraffic.MAX_BUDGET);
    return this;
  }

  /** Clears the key, the class, the cost, the token and the tried endpoints. */
  public SelectContext reset() {
    keyed = false;
    token = null;
    trafficClass = "";
    cost = 1;
    idempotent = true;
    nextLineFirst = false;
    includeAll();
    attempts = 0;
    lastLine = null;
    return this;
  }

  /** Returns the number of attempts made. */
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

  String trafficClass() {
    return trafficClass;
  }

  long cost() {
    return cost;
  }

  boolean idempotent() {
    return idempotent;
  }

  /** Returns the identity of the line of the last attempt; null before the first. */
  @Nullable Object lastLine() {
    return lastLine;
  }

  /** Sets whether a retry prefers another line; by default it stays in the line if possible. */
  SelectContext nextLineFirst(boolean first) {
    nextLineFirst = first;
    return this;
  }

  boolean nextLineFirst() {
    return nextLineFirst;
  }

  /** Returns whether the endpoint was tried, or has rejected the current selection. */
  @SuppressWarnings("ReferenceEquality") // identity, not equality
  boolean excludes(Object endpoint) {
    for (int i = 0; i < excludedCount; i++) {
      if (excluded[i] == endpoint) {
        return true;
      }
    }
    return false;
  }

  boolean excludesNone() {
    return excludedCount == 0;
  }

  /** Returns whether no endpoint was tried; endpoints may have rejected the last selection. */
  boolean hasTriedNone() {
    return triedCount == 0;
  }

  /** Makes all endpoints available again; attempts made still count. */
  void includeAll() {
    Arrays.fill(excluded, 0, excludedCount, null);
    excludedCount = 0;
    triedCount = 0;
  }

  /** Excludes an endpoint that rejects the current selection, until {@link #clearRejections}. */
  void exclude(Object endpoint) {
    if (excludedCount == excluded.length) {
      excluded = Arrays.copyOf(excluded, Math.max(4, 2 * excludedCount));
    }
    excluded[excludedCount++] = endpoint;
  }

  /**
   * Clears the rejections: a rejection is not an attempt, and may not apply to the next selection.
   */
  void clearRejections() {
    if (excludedCount > triedCount) {
      Arrays.fill(excluded, triedCount, excludedCount, null);
      excludedCount = triedCount;
    }
  }

  /** Records an attempt, which excludes the endpoint until {@link #includeAll}. */
  void tried(Object line, Object endpoint) {
    clearRejections();
    exclude(endpoint);
    triedCount = excludedCount;
    attempts++;
    lastLine = line;
  }
}
