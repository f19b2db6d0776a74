package io.gatewaykit.waf;

/** What a {@link Waf} does with what it finds. */
public enum WafMode {
  /** Nothing is inspected. */
  OFF,
  /** Requests are inspected and reported, and all pass. */
  DETECT,
  /** A request whose score reaches the threshold is refused. */
  BLOCK
}
