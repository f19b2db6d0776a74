// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.waf.internal.body.BodyLimits;
import org.jspecify.annotations.Nullable;

/**
 * The limits on the cost of inspections. Immutable; created by {@link #builder()}.
 *
 * @param heldBytes number of body bytes that are held until they have been inspected, 0 to 16 MiB;
 *     the remainder of a longer body is inspected while it is forwarded, and an attack in it aborts
 *     the body
 * @param formBytes maximum length of a form, and of all fields of a multipart body together, 1 KiB
 *     to 1 GiB; a longer one is rejected
 * @param documentBytes maximum length of JSON, XML or other text, 1 KiB to 1 GiB; a longer one is
 *     rejected. Files, lines of NDJSON and gRPC messages do not count
 * @param messageBytes maximum length of one message of gRPC, gRPC-Web or Connect, 1 KiB to 1 GiB; a
 *     longer one is rejected
 * @param depth maximum nesting depth of JSON and XML, 1 to 1,000; deeper documents are malformed
 *     and inspected as text
 * @param inflationRatio maximum ratio of inflated to received bytes, 10 to 2,000, enforced once a
 *     body has inflated to more than 1 MiB; a body above it is rejected
 * @param workChars maximum total number of chars that transformations and matchers process, at
 *     least 1,000; deterministic for a given request
 * @param workPerByte number of chars added to that limit for each byte of a body value, 16 to
 *     10,000
 * @param whenExhausted the treatment of a request above {@code workChars}
 * @param rememberedValues capacity of the cache of values without hits, 0 to 65,536 values
 */
public record WafLimits(
    int heldBytes,
    long formBytes,
    long documentBytes,
    int messageBytes,
    int depth,
    int inflationRatio,
    long workChars,
    int workPerByte,
    FailureMode whenExhausted,
    int rememberedValues) {
  private static final WafLimits DEFAULTS = builder().build();

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public WafLimits {
    Arguments.range("heldBytes", heldBytes, 0, 16 << 20);
    Arguments.range("formBytes", formBytes, 1 << 10, 1 << 30);
    Arguments.range("documentBytes", documentBytes, 1 << 10, 1 << 30);
    Arguments.range("messageBytes", messageBytes, 1 << 10, 1 << 30);
    Arguments.range("depth", depth, 1, 1_000);
    Arguments.range("inflationRatio", inflationRatio, 10, 2_000);
    Arguments.range("workChars", workChars, 1_000, Long.MAX_VALUE / 2);
    Arguments.range("workPerByte", workPerByte, 16, 10_000);
    requireNonNull(whenExhausted, "whenExhausted");
    Arguments.range("rememberedValues", rememberedValues, 0, 65_536);
  }

  /** Returns the defaults of the {@link Builder}. */
  public static WafLimits defaults() {
    return DEFAULTS;
  }

  /** Returns a builder. */
  public static Builder builder() {
    return new Builder();
  }

  BodyLimits ofBody() {
    return new BodyLimits(formBytes, documentBytes, messageBytes, depth, inflationRatio);
  }

  /**
   * Collects the limits; see {@link WafLimits} for their ranges. A limit that is set a second time
   * throws an {@link IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private @Nullable Integer heldBytes;
    private @Nullable Long formBytes;
    private @Nullable Long documentBytes;
    private @Nullable Integer messageBytes;
    private @Nullable Integer depth;
    private @Nullable Integer inflationRatio;
    private @Nullable Long workChars;
    private @Nullable Integer workPerByte;
    private @Nullable FailureMode whenExhausted;
    private @Nullable Integer rememberedValues;

    private Builder() {}

    /**
     * Sets the number of body bytes that are held until inspected. Default: 128 KiB.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder heldBytes(int bytes) {
      Arguments.range("heldBytes", bytes, 0, 16 << 20);
      heldBytes = Arguments.once("heldBytes", heldBytes, bytes);
      return this;
    }

    /**
     * Sets the maximum length of a form. Default: 2 MiB.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder formBytes(long bytes) {
      Arguments.range("formBytes", bytes, 1 << 10, 1 << 30);
      formBytes = Arguments.once("formBytes", formBytes, bytes);
      return this;
    }

    /**
     * Sets the maximum length of JSON, XML or other text. Default: 10 MiB.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder documentBytes(long bytes) {
      Arguments.range("documentBytes", bytes, 1 << 10, 1 << 30);
      documentBytes = Arguments.once("documentBytes", documentBytes, bytes);
      return this;
    }

    /**
     * Sets the maximum length of one message of a stream. Default: 4 MiB.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder messageBytes(int bytes) {
      Arguments.range("messageBytes", bytes, 1 << 10, 1 << 30);
      messageBytes = Arguments.once("messageBytes", messageBytes, bytes);
      return this;
    }

    /**
     * Sets the maximum nesting depth of JSON and XML. Default: 64.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder depth(int levels) {
      Arguments.range("depth", levels, 1, 1_000);
      depth = Arguments.once("depth", depth, levels);
      return this;
    }

    /**
     * Sets the maximum ratio of inflated to received bytes. Default: 200.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder inflationRatio(int ratio) {
      Arguments.range("inflationRatio", ratio, 10, 2_000);
      inflationRatio = Arguments.once("inflationRatio", inflationRatio, ratio);
      return this;
    }

    /**
     * Sets the maximum number of chars that matchers process, not counting the body. Default:
     * 20,000,000.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder workChars(long chars) {
      Arguments.range("workChars", chars, 1_000, Long.MAX_VALUE / 2);
      workChars = Arguments.once("workChars", workChars, chars);
      return this;
    }

    /**
     * Sets the number of chars added to that limit for each byte of a body value. Default: 100.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder workPerByte(int chars) {
      Arguments.range("workPerByte", chars, 16, 10_000);
      workPerByte = Arguments.once("workPerByte", workPerByte, chars);
      return this;
    }

    /**
     * Sets the treatment of requests whose inspection exceeds {@link #workChars}. With {@link
     * FailureMode#FAIL_CLOSED} they are rejected; otherwise the hits found before decide. Default:
     * {@code FAIL_CLOSED}.
     */
    public Builder whenExhausted(FailureMode mode) {
      whenExhausted = Arguments.once("whenExhausted", whenExhausted, mode);
      return this;
    }

    /**
     * Sets the capacity of the cache of values without hits, which are not inspected again:
     * methods, header fields, and names of parameters and cookies, of at most 256 chars each, but
     * no fields that may hold credentials. It does not affect results. Rounded up to a power of
     * two; 0 disables the cache. Default: 1,024.
     *
     * @throws IllegalArgumentException if out of range
     */
    public Builder rememberedValues(int values) {
      Arguments.range("rememberedValues", values, 0, 65_536);
      rememberedValues = Arguments.once("rememberedValues", rememberedValues, values);
      return this;
    }

    /** Builds the limits. */
    public WafLimits build() {
      return new WafLimits(
          requireNonNullElse(heldBytes, 128 << 10),
          requireNonNullElse(formBytes, 2L << 20),
          requireNonNullElse(documentBytes, 10L << 20),
          requireNonNullElse(messageBytes, 4 << 20),
          requireNonNullElse(depth, 64),
          requireNonNullElse(inflationRatio, 200),
          requireNonNullElse(workChars, 20_000_000L),
          requireNonNullElse(workPerByte, 100),
          requireNonNullElse(whenExhausted, FailureMode.FAIL_CLOSED),
          requireNonNullElse(rememberedValues, 1_024));
    }
  }
}
