// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.GroupSnapshot.LineView;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Groups of lines in virtual time, with scripted health and recorded events. */
abstract class LineFixture {
  final ManualTicker ticker = new ManualTicker();
  final ScriptedHealth health = new ScriptedHealth();
  final List<String> events = new ArrayList<>();

  void serve(FailoverGroup<String> group, int requests, int millisOnA) {
    for (int i = 0; i < requests; i++) {
      Lease<String> lease = requireNonNull(group.select(new SelectContext()));
      ticker.advanceNanos(lease.payload().equals("a") ? millisOnA * 1_000_000L : 1_000_000L);
      lease.succeed(200);
    }
  }

  static String payload(FailoverGroup<String> group, long key) {
    return requireNonNull(group.pick(new SelectContext().key(key))).payload();
  }

  static double share(FailoverGroup<String> group, String line) {
    return group.snapshot().lines().stream()
        .filter(view -> view.id().equals(line))
        .mapToDouble(LineView::share)
        .findFirst()
        .orElseThrow();
  }

  static String reason(FailoverGroup<String> group, String line) {
    return group.explain(new SelectContext()).lines().stream()
        .filter(reason -> reason.line().equals(line))
        .map(Explanation.Reason::why)
        .findFirst()
        .orElseThrow();
  }

  @SafeVarargs
  final FailoverGroupBuilder<String> builder(Line<String>... lines) {
    FailoverGroupBuilder<String> builder =
        FailoverGroup.<String>builder("g")
            .health(health)
            .ticker(ticker)
            .seed(7)
            .listener(
                new FailoverListener() {
                  @Override
                  public void onSwitch(LineSwitchEvent event) {
                    events.add(event.from() + ">" + event.to());
                  }

                  @Override
                  public void onPanic(PanicEvent event) {
                    events.add(event.started() ? "panic" : "panic over");
                  }
                });
    for (Line<String> line : lines) {
      builder.line(line);
    }
    return builder;
  }

  static Line<String> line(String id, int priority, String... endpoints) {
    return new Line<>(
        id,
        priority,
        IntStream.range(0, endpoints.length)
            .mapToObj(i -> Endpoint.of(endpoints[i], endpoints[i]))
            .toList());
  }
}
