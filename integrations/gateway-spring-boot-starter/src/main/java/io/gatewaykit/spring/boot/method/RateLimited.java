// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.method;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Limits the calls of a method of a Spring bean, or of all public methods of a class. An annotation
 * of a method replaces those of its class. If it is repeated, a call requires permits of all
 * limits, and a rejected call takes none. It can also be used as a meta-annotation.
 *
 * <p>A method that returns a {@code CompletionStage}, or a reactive type such as {@code Mono} or
 * {@code Flux}, never blocks. A reactive method is limited at each subscription. Calls within the
 * same bean are not limited, because they bypass its proxy.
 *
 * <p>An unknown limit, a wrong key and a method that cannot be advised (private, static or final)
 * prevent the start of the application.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@Repeatable(RateLimited.All.class)
public @interface RateLimited {
  /**
   * Returns the name of the limit: of {@code gatewaykit.ratelimit.NAME}, or of a bean of type
   * {@code RateLimiter}.
   */
  String value();

  /**
   * Returns the key, or several for each combination: {@code principal} for the name of the
   * authenticated user, or else all other callers of the method; {@code all} for one limit; or a
   * parameter with a path of properties, such as {@code #order.customer.id}. The value must be a
   * string, number, boolean, character, enum, UUID or address. Default: {@code principal}.
   */
  String[] key() default {};

  /** Returns the number of permits that a call requires, at least 1. Default: 1. */
  long cost() default 1;

  /** Returns the treatment of a call that is not admitted immediately. Default: an exception. */
  OnReject onReject() default OnReject.THROW;

  /**
   * Returns the longest wait of {@link OnReject#DELAY}, such as {@code 500ms} or {@code 2s}.
   * Default: 1 second.
   */
  String maxWait() default "1s";

  /**
   * Returns the name of the method that {@link OnReject#FALLBACK} calls. It belongs to the same
   * class, and has the parameters and the result of the limited method.
   */
  String fallback() default "";

  /** The container of repeated annotations. */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.METHOD, ElementType.TYPE})
  @interface All {
    /** Returns the annotations. */
    RateLimited[] value();
  }
}
