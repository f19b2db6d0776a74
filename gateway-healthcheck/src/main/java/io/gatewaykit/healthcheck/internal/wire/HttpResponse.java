package io.gatewaykit.healthcheck.internal.wire;

import org.jspecify.annotations.Nullable;

/** An HTTP answer, of whatever version. */
interface HttpResponse {
  int status();

  /** What is wrong with it; null if nothing is. */
  @Nullable String problem();

  /** The value of a header by its name in any case; null if there is none. */
  @Nullable String header(String name);

  byte[] body();
}
