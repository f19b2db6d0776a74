package io.gatewaykit.failover;

/** Says that no endpoint was left to try. */
public final class NoEndpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NoEndpointException(String group) {
    super("group " + group + " has no endpoint to try");
  }
}
