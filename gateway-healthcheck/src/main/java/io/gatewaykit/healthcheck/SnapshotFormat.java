package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.CheckerSnapshot.TargetView;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes snapshots down. */
final class SnapshotFormat {
  private static final String LINE_BREAK = "\n";

  private SnapshotFormat() {}

  static String text(CheckerSnapshot snapshot) {
    var out = new StringBuilder("Checker ").append(snapshot.name()).append(LINE_BREAK);
    for (TargetView view : snapshot.targets()) {
      ProbeResult probe = view.lastProbe();
      out.append("    ")
          .append(view.target().id())
          .append(' ')
          .append(address(view))
          .append(' ')
          .append(word(view.state()))
          .append(" for ")
          .append(TimeUnit.NANOSECONDS.toSeconds(view.inStateNanos()))
          .append(" s (")
          .append(view.cause())
          .append("), last probe: ")
          .append(probe == null ? "none" : probe.detail())
          .append(LINE_BREAK);
    }
    return out.toString();
  }

  static String json(CheckerSnapshot snapshot) {
    var out =
        new StringBuilder("{\"name\":").append(quoted(snapshot.name())).append(",\"targets\":[");
    String separator = "";
    for (TargetView view : snapshot.targets()) {
      out.append(separator)
          .append("{\"id\":")
          .append(quoted(view.target().id()))
          .append(",\"address\":")
          .append(quoted(address(view)))
          .append(",\"state\":")
          .append(quoted(word(view.state())))
          .append(",\"decidedBy\":")
          .append(quoted(word(view.decidedBy())))
          .append(",\"cause\":")
          .append(quoted(view.cause()))
          .append(",\"inStateMillis\":")
          .append(TimeUnit.NANOSECONDS.toMillis(view.inStateNanos()))
          .append(",\"successes\":")
          .append(view.successes())
          .append(",\"httpFailures\":")
          .append(view.httpFailures())
          .append(",\"tcpFailures\":")
          .append(view.tcpFailures())
          .append(",\"timeouts\":")
          .append(view.timeouts())
          .append(",\"probes\":")
          .append(view.probes())
          .append(",\"lastProbe\":")
          .append(probe(view.lastProbe()))
          .append('}');
      separator = ",";
    }
    return out.append("]}").toString();
  }

  private static String probe(@Nullable ProbeResult probe) {
    return probe == null
        ? "null"
        : String.format(
            Locale.ROOT,
            "{\"report\":%s,\"status\":%d,\"latencyMillis\":%.3f,\"detail\":%s}",
            quoted(word(probe.report())),
            probe.status(),
            probe.latencyNanos() / 1e6,
            quoted(probe.detail()));
  }

  private static String address(TargetView view) {
    var address = view.target().address();
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String quoted(String text) {
    var out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<') {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
