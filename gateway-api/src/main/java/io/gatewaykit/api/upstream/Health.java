package io.gatewaykit.api.upstream;

/** What is known of an endpoint's health. */
public enum Health {
  /** Nothing yet: nobody watches it, or the first probe is not back. Treated as available. */
  UNKNOWN(true),
  /** It works. */
  HEALTHY(true),
  /** It works, but says or shows that it would rather have less. */
  DEGRADED(true),
  /** It does not work. */
  UNHEALTHY(false),
  /** It works, but must get nothing new: it is being taken out. */
  DRAINING(false);

  private final boolean available;

  Health(boolean available) {
    this.available = available;
  }

  /** Tells whether new requests may go there. */
  public boolean available() {
    return available;
  }
}
