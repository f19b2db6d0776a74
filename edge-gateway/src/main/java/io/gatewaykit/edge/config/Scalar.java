// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.config;

import io.gatewaykit.api.request.Cidr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A type of scalar value.
 *
 * @param expected the description of valid values, for messages
 * @param parser parses the text; returns null if it is invalid
 */
record Scalar<T>(String expected, Parser<T> parser) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(KiB|MiB|GiB)|(\\d{1,15})");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");
  private static final Pattern RATE = Pattern.compile("(\\d{1,9})/(s|m|h)");
  private static final int MAX_RATE = 1_000_000;

  /** Parses a text. */
  @FunctionalInterface
  interface Parser<T> {
    @Nullable T parse(String text);
  }

  /** A number of permits per period. */
  record Rate(long permits, Duration period) {}

  static final Scalar<Boolean> BOOLEAN =
      new Scalar<>(
          "true or false",
          text ->
              switch (text) {
                case "true" -> Boolean.TRUE;
                case "false" -> Boolean.FALSE;
                default -> null;
              });

  static final Scalar<Boolean> SWITCH =
      new Scalar<>(
          "on or off, true or false",
          text ->
              switch (text) {
                case "on", "true" -> Boolean.TRUE;
                case "off", "false" -> Boolean.FALSE;
                default -> null;
              });

  static final Scalar<Rate> RATE_LIMIT =
      new Scalar<>("a rate from 1 to 1000000 such as 5/s, 300/m or 1000/h", Scalar::rate);

  static final Scalar<String> CIDR =
      new Scalar<>(
          "an IP address or ADDRESS/PREFIX, such as 10.0.0.0/8",
          text -> {
            try {
              Cidr.parse(text);
              return text;
            } catch (IllegalArgumentException e) {
              return null;
            }
          });

  /** An address to connect to; a name that does not resolve is rejected. */
  static final Scalar<InetSocketAddress> HOST_PORT =
      new Scalar<>(
          "HOST:PORT with a host that resolves and a port from 1 to 65535", Scalar::remote);

  /** An address to bind. */
  static final Scalar<InetSocketAddress> LISTEN =
      new Scalar<>(
          "ADDRESS:PORT with an address of this machine and a port from 0 to 65535",
          text -> address(text, 0));

  static Scalar<String> text(String expected, Predicate<String> good) {
    return new Scalar<>(expected, text -> good.test(text) ? text : null);
  }

  static Scalar<Integer> integer(int min, int max) {
    return new Scalar<>(
        "a whole number from " + min + " to " + max,
        text -> {
          try {
            int value = Integer.parseInt(text);
            return value >= min && value <= max ? value : null;
          } catch (NumberFormatException e) {
            return null;
          }
        });
  }

  /** A number of bytes, such as 65536, 64KiB or 1MiB. */
  static Scalar<Long> size(long min, long max) {
    return new Scalar<>(
        "a size from " + min + " to " + max + " bytes, such as 65536, 64KiB or 1MiB",
        text -> inRange(bytes(text), min, max));
  }

  /** An integer without a unit. */
  static Scalar<Long> wholeNumber(long min, long max) {
    return new Scalar<>(
        "a whole number from " + min + " to " + max,
        text -> text.matches("\\d{1,18}") ? inRange(Long.valueOf(text), min, max) : null);
  }

  private static @Nullable Long inRange(@Nullable Long value, long min, long max) {
    return value != null && value >= min && value <= max ? value : null;
  }

  private static @Nullable Long bytes(String text) {
    Matcher m = SIZE.matcher(text);
    if (!m.matches()) {
      return null;
    }
    String unit = m.group(2);
    if (unit == null) {
      return Long.valueOf(m.group(3));
    }
    int shift = unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 30;
    return Long.parseLong(m.group(1)) << shift;
  }

  static Scalar<Double> number(double min, double max) {
    return new Scalar<>("a number from " + min + " to " + max, text -> number(text, min, max));
  }

  /** A number, or {@code off} for 0. */
  static Scalar<Double> numberOrOff(double min, double max) {
    return new Scalar<>(
        "a number from " + min + " to " + max + ", or off",
        text -> text.equals("off") ? Double.valueOf(0) : number(text, min, max));
  }

  private static @Nullable Double number(String text, double min, double max) {
    if (!NUMBER.matcher(text).matches()) {
      return null;
    }
    double value = Double.parseDouble(text);
    return value >= min && value <= max ? value : null;
  }

  static Scalar<Duration> duration(Duration min, Duration max) {
    return new Scalar<>(
        "a time from " + words(min) + " to " + words(max) + ", such as 500ms, 2s or 1m",
        text -> {
          Matcher m = DURATION.matcher(text);
          if (!m.matches()) {
            return null;
          }
          Duration value = unit(m.group(2)).multipliedBy(Long.parseLong(m.group(1)));
          return value.compareTo(min) >= 0 && value.compareTo(max) <= 0 ? value : null;
        });
  }

  static <E extends Enum<E>> Scalar<E> oneOf(Class<E> type) {
    return oneOf(List.of(type.getEnumConstants()));
  }

  static <E extends Enum<E>> Scalar<E> oneOf(List<E> values) {
    return new Scalar<>(
        values.stream().map(Scalar::word).collect(Collectors.joining(", ", "one of ", "")),
        text -> {
          for (E value : values) {
            if (word(value).equals(text)) {
              return value;
            }
          }
          return null;
        });
  }

  /** Returns the spelling of an enum constant in the file. */
  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static @Nullable Rate rate(String text) {
    Matcher m = RATE.matcher(text);
    if (!m.matches()) {
      return null;
    }
    long permits = Long.parseLong(m.group(1));
    return permits >= 1 && permits <= MAX_RATE ? new Rate(permits, unit(m.group(2))) : null;
  }

  private static Duration unit(String word) {
    return switch (word) {
      case "ms" -> Duration.ofMillis(1);
      case "s" -> Duration.ofSeconds(1);
      case "m" -> Duration.ofMinutes(1);
      default -> Duration.ofHours(1);
    };
  }

  private static String words(Duration d) {
    return d.toMillis() % 1000 != 0 ? d.toMillis() + "ms" : d.toSeconds() + "s";
  }

  private static @Nullable InetSocketAddress remote(String text) {
    return address(text, 1);
  }

  private static @Nullable InetSocketAddress address(String text, int minPort) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (host.indexOf(':') >= 0 && !bracketed) {
      return null; // an IPv6 address without brackets is ambiguous with a port
    }
    Integer port = integer(minPort, 65_535).parser().parse(text.substring(colon + 1));
    if (port == null) {
      return null;
    }
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      return null;
    }
  }
}
