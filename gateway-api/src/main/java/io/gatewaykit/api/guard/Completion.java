package io.gatewaykit.api.guard;

import static java.util.Objects.requireNonNull;

/**
 * How a request ended.
 *
 * @param how the manner of the end
 * @param status the status sent, or 0 if none was
 */
public record Completion(How how, int status) {
  /** The manners in which a request can end. */
  public enum How {
    /** The response was sent. */
    SERVED,
    /** A guard refused the request. */
    REJECTED,
    /** The client went away first. */
    CANCELLED,
    /** The application failed. */
    FAILED
  }

  /** Checks that the manner is not null. */
  public Completion(How how, int status) {
    this.how = requireNonNull(how, "how");
    this.status = status;
  }
}
