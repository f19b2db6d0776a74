// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.ratelimit;

import io.gatewaykit.api.internal.Arguments;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the text of a {@link Limit}; see {@link Limit#parse}. */
final class LimitParser {
  private static final Pattern RATE = Pattern.compile("(\\d{1,18})/(\\d{0,9})(ms|s|m|h|d)");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
  private static final Map<String, ChronoUnit> UNITS =
      Map.of(
          "ms", ChronoUnit.MILLIS,
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private final String text;
  private final Set<String> seen = new HashSet<>();

  LimitParser(String text) {
    this.text = text;
  }

  Limit parse() {
    var words = new StringTokenizer(text.strip().toLowerCase(Locale.ROOT), " \t=");
    if (!words.hasMoreTokens()) {
      throw failure("PERMITS/PERIOD, such as 10/s or 100/15m, or unlimited or blocked");
    }
    String first = words.nextToken();
    if (first.equals("unlimited") || first.equals("blocked")) {
      if (words.hasMoreTokens()) {
        throw failure("nothing after " + first);
      }
      return first.equals("blocked") ? Limit.blocked() : Limit.unlimited();
    }
    Limit limit = rate(first);
    while (words.hasMoreTokens()) {
      limit = option(limit, words.nextToken(), words);
    }
    return limit;
  }

  private Limit rate(String word) {
    Matcher found = RATE.matcher(word);
    if (!found.matches()) {
      throw failure("PERMITS/PERIOD, such as 10/s or 100/15m, or unlimited or blocked");
    }
    String count = found.group(2);
    ChronoUnit unit = UNITS.get(found.group(3));
    Duration per = Duration.of(count.isEmpty() ? 1 : Long.parseLong(count), unit);
    return Limit.of(Long.parseLong(found.group(1)), per);
  }

  private Limit option(Limit limit, String name, StringTokenizer words) {
    // "delay" and "nodelay" set the same value.
    if (!seen.add(name.equals("nodelay") ? "delay" : name)) {
      throw failure("each option once");
    }
    return switch (name) {
      case "nodelay" -> limit.nodelay();
      case "burst" -> limit.burst(number(name, words));
      case "delay" -> limit.delayAfter(number(name, words));
      case "borrow" -> limit.borrow(number(name, words));
      case "overdraft" -> limit.overdraft(number(name, words));
      default -> throw failure("burst N, delay N, nodelay, borrow N or overdraft N");
    };
  }

  private long number(String name, StringTokenizer words) {
    String number = words.hasMoreTokens() ? words.nextToken() : "";
    if (!NUMBER.matcher(number).matches()) {
      throw failure("a number after " + name);
    }
    return Long.parseLong(number);
  }

  private IllegalArgumentException failure(String expected) {
    String shown = text.length() <= 100 ? text : text.substring(0, 100) + "...";
    return Arguments.outside("limit", "\"" + shown + "\"", expected);
  }
}
