// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

/** The effect of a failure of real traffic. */
public enum Suspicion {
  /** It counts towards the verdict. */
  COUNT,
  /** It counts towards the verdict, and the next probe starts immediately. */
  COUNT_AND_PROBE,
  /** It is not counted, but the next probe starts immediately and decides. */
  PROBE
}
