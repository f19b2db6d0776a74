// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.status;

import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import io.gatewaykit.healthcheck.Target;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Locale;

/** Names that are common to all formats. */
final class StatusNames {
  private StatusNames() {}

  static String of(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  static String upDown(TargetView view) {
    return view.state().health().available() ? "UP" : "DOWN";
  }

  static String role(TargetView view) {
    return view.target().backup() ? "BACKUP" : "PRIMARY";
  }

  /** Returns address and port, with IPv6 in brackets and without a zone. */
  static String address(Target target) {
    InetAddress ip = target.address().getAddress();
    String text = ip == null ? target.address().getHostString() : ip.getHostAddress();
    int zone = text.indexOf('%');
    String bare = zone < 0 ? text : text.substring(0, zone);
    return (ip instanceof Inet6Address ? "[" + bare + "]" : bare)
        + ":"
        + target.address().getPort();
  }

  static String time(Duration time) {
    long seconds = time.toSeconds();
    return seconds >= 600 ? seconds / 60 + " min" : seconds + " s";
  }

  static String millis(Duration time) {
    return millis(time.toNanos());
  }

  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }
}
