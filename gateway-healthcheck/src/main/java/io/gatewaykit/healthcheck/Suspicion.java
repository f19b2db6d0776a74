package io.gatewaykit.healthcheck;

/** What follows from a failure of real traffic. */
public enum Suspicion {
  /** It counts towards the verdict. */
  COUNT,
  /** It counts, and the next probe starts at once. */
  COUNT_AND_PROBE,
  /**
   * It counts for nothing, but the next probe starts at once: traffic suspects, a probe decides.
   */
  PROBE
}
