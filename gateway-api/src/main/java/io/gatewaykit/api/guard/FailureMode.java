package io.gatewaykit.api.guard;

/** What happens to a request when a guard throws, or its pending verdict fails. */
public enum FailureMode {
  /** The request passes this guard. For guards that protect capacity. */
  FAIL_OPEN,
  /** The request is refused with 503. For guards that protect data. */
  FAIL_CLOSED
}
