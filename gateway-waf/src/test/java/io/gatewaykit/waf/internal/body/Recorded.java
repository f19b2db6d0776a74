package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.rule.Target;
import java.util.ArrayList;
import java.util.List;

/** Keeps the values of a body, up to a number of them. */
final class Recorded implements BodySink {
  final List<String> values = new ArrayList<>();
  final List<String> faults = new ArrayList<>();
  private final int most;

  Recorded(int most) {
    this.most = most;
  }

  static Recorded of(String contentType, String body) {
    Recorded recorded = new Recorded(10_000);
    Body.read(body, true, List.of(contentType), 64, recorded);
    return recorded;
  }

  @Override
  public void value(Target target, String name, String text) {
    if (target == Target.MALFORMED) {
      faults.add(name + ": " + text);
    } else {
      values.add(target + " " + name + "=" + text);
    }
  }

  @Override
  public boolean isFull() {
    return values.size() >= most;
  }

  /** Returns the values of one part of requests, without their names. */
  List<String> texts(Target target) {
    return values.stream()
        .filter(value -> value.startsWith(target + " "))
        .map(value -> value.substring(value.indexOf('=') + 1))
        .toList();
  }
}
