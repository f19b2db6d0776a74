package io.gatewaykit.examples.edge.config;

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
 * One kind of value: what it looks like, and how to read it.
 *
 * @param expected what the user is told a good value looks like
 * @param parser reads the text, null if it is not of this kind
 */
record Scalar<T>(String expected, Parser<T> parser) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");
  private static final Pattern RATE = Pattern.compile("(\\d{1,9})/(s|m|h)");
  private static final int MAX_RATE = 1_000_000;

  /** Reads a text. */
  @FunctionalInterface
  interface Parser<T> {
    @Nullable T parse(String text);
  }

  /** So many per period. */
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

  /** An address that is there to be connected to: a name that does not resolve is a mistake. */
  static final Scalar<InetSocketAddress> HOST_PORT =
      new Scalar<>(
          "HOST:PORT with a host that resolves and a port from 1 to 65535", Scalar::remote);

  /** An address to listen at. */
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

  static Scalar<Double> number(double min, double max) {
    return new Scalar<>("a number from " + min + " to " + max, text -> number(text, min, max));
  }

  /** A number, or {@code off}, which is read as 0. */
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

  /** How an enum constant is written in the file. */
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
      return null; // an IPv6 address without brackets leaves open where the port begins
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
