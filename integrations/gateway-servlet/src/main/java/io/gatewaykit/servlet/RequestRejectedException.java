package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.Rejection;
import jakarta.servlet.ServletException;

/** A guard refused the request; thrown where {@link RejectionHandler#throwing} was chosen. */
public final class RequestRejectedException extends ServletException {
  private static final long serialVersionUID = 1;

  private final transient Rejection rejection;

  /** Creates it. */
  public RequestRejectedException(Rejection rejection) {
    super(rejection.title());
    this.rejection = requireNonNull(rejection, "rejection");
  }

  /** Returns the refusal: its status, when to try again, and what else the guard told. */
  public Rejection rejection() {
    return rejection;
  }
}
