// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rejection with the members of an RFC 9457 problem, before it is rendered. Immutable. Everything
 * here may be sent to the client: it must not contain information that helps an attacker.
 */
public final class Rejection {
  private static final URI BLANK = URI.create("about:blank");

  private final int status;
  private final String reason;
  private final String title;
  private final URI type;
  private final @Nullable String detail;
  private final @Nullable Duration retryAfter;
  private final Map<String, Object> extensions;
  private final List<Map.Entry<String, String>> headers;

  private Rejection(Builder builder) {
    status = builder.status;
    reason = builder.reason;
    title = builder.title;
    type = builder.type == null ? BLANK : builder.type;
    detail = builder.detail;
    retryAfter = builder.retryAfter;
    extensions = Collections.unmodifiableMap(new LinkedHashMap<>(builder.extensions));
    headers = List.copyOf(builder.headers);
  }

  /**
   * Returns a new builder.
   *
   * @param status the status code, 400 to 599
   * @param reason a short constant identifier for metrics, such as {@code rate_limited}; not sent
   * @param title the human-readable summary, such as {@code Too Many Requests}
   * @throws IllegalArgumentException if the status is out of range
   */
  public static Builder builder(int status, String reason, String title) {
    return new Builder(status, reason, title);
  }

  /** Returns the status code. */
  public int status() {
    return status;
  }

  /** Returns a short constant identifier for metrics; not sent. */
  public String reason() {
    return reason;
  }

  /** Returns the human-readable summary. */
  public String title() {
    return title;
  }

  /** Returns the problem's type. Default: {@code about:blank}. */
  public URI type() {
    return type;
  }

  /** Returns the explanation of this occurrence, if there is more than the title. */
  public Optional<String> detail() {
    return Optional.ofNullable(detail);
  }

  /** Returns the delay after which the same request may succeed, if known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /**
   * Returns the extension members of the problem: strings, numbers, booleans and lists of strings.
   */
  public Map<String, Object> extensions() {
    return extensions;
  }

  /** Returns additional header fields, in order. */
  public List<Map.Entry<String, String>> headers() {
    return headers;
  }

  @Override
  public String toString() {
    return "Rejection[" + status + " " + reason + "]";
  }

  /** Collects the parts of a {@link Rejection}. Not thread-safe. */
  public static final class Builder {
    private final int status;
    private final String reason;
    private final String title;
    private @Nullable URI type;
    private @Nullable String detail;
    private @Nullable Duration retryAfter;
    private final Map<String, Object> extensions = new LinkedHashMap<>();
    private final List<Map.Entry<String, String>> headers = new ArrayList<>();

    private Builder(int status, String reason, String title) {
      this.status = Arguments.range("status", status, 400, 599);
      this.reason = requireNonNull(reason, "reason");
      this.title = requireNonNull(title, "title");
    }

    /** Sets the problem's type. */
    public Builder type(URI type) {
      this.type = Arguments.once("type", this.type, type);
      return this;
    }

    /** Sets the explanation of this occurrence. */
    public Builder detail(String detail) {
      this.detail = Arguments.once("detail", this.detail, detail);
      return this;
    }

    /**
     * Sets the delay after which the same request may succeed; sent as {@code Retry-After}, rounded
     * up to whole seconds.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder retryAfter(Duration retryAfter) {
      Duration checked = Arguments.notNegative("retryAfter", retryAfter);
      this.retryAfter = Arguments.once("retryAfter", this.retryAfter, checked);
      return this;
    }

    /**
     * Adds an extension member to the problem.
     *
     * @param value a string, number, boolean or list of strings
     * @throws IllegalArgumentException if the value is of another type, or the name is one of RFC
     *     9457's own
     * @throws IllegalStateException if the problem has a member of this name
     */
    public Builder extension(String name, Object value) {
      if (List.of("type", "title", "status", "detail", "instance").contains(name)) {
        throw Arguments.outside("name", "\"" + name + "\"", "not a member that RFC 9457 defines");
      }
      requireNonNull(value, "value");
      boolean strings = value instanceof List<?> l && l.stream().allMatch(String.class::isInstance);
      if (!(value instanceof String
          || value instanceof Number
          || value instanceof Boolean
          || strings)) {
        throw new IllegalArgumentException(
            name
                + ": "
                + value.getClass().getName()
                + " (expected: a string, number, boolean or list of strings)");
      }
      Object checked = value instanceof List<?> l ? List.copyOf(l) : value;
      extensions.put(name, Arguments.once(name, extensions.get(name), checked));
      return this;
    }

    /**
     * Adds a header field line.
     *
     * @throws IllegalArgumentException if name or value contain a line break or NUL
     */
    public Builder header(String name, String value) {
      for (String text : List.of(name, value)) {
        if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0 || text.indexOf('\0') >= 0) {
          throw new IllegalArgumentException(
              "header: a line break or NUL (expected: none, in name and value)");
        }
      }
      headers.add(Map.entry(name, value));
      return this;
    }

    /** Builds the rejection. */
    public Rejection build() {
      return new Rejection(this);
    }
  }
}
