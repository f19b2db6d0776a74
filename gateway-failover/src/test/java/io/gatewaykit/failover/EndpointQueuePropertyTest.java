// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.upstream.Endpoint;
import io.gatewaykit.failover.internal.schedule.VirtualScheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The queue against an exact model: a server with N slots, and a bounded FIFO queue. */
class EndpointQueuePropertyTest {
  private static final Duration TIMEOUT = Duration.ofMillis(100);

  /** The wait is checked at this interval, so all steps are multiples of it. */
  private static final Duration STEP = Duration.ofMillis(20);

  private static final class Model {
    final int places;
    final int maxWaiting;
    final List<Integer> served = new ArrayList<>();
    final List<Integer> failed = new ArrayList<>();
    final List<Integer> running = new ArrayList<>();
    final Deque<int[]> waiting = new ArrayDeque<>(); // request, step of arrival

    Model(int places, int maxWaiting) {
      this.places = places;
      this.maxWaiting = maxWaiting;
    }

    void arrive(int request, int step) {
      if (running.size() < places && waiting.isEmpty()) {
        running.add(request);
        served.add(request);
      } else if (waiting.size() < maxWaiting) {
        waiting.add(new int[] {request, step});
      } else {
        failed.add(request);
      }
    }

    void end(int index) {
      running.subList(index, index + 1).clear();
      int[] next = waiting.poll();
      if (next != null) {
        running.add(next[0]);
        served.add(next[0]);
      }
    }

    void advance(int step) {
      while (!waiting.isEmpty()
          && (step - waiting.element()[1]) * STEP.toMillis() >= TIMEOUT.toMillis()) {
        failed.add(waiting.remove()[0]);
      }
    }
  }

  @Property(tries = 300, seed = "1")
  void queue_anyEvents_equalsTheModel(
      @ForAll @IntRange(min = 1, max = 4) int places,
      @ForAll @IntRange(min = 1, max = 5) int maxWaiting,
      @ForAll @Size(max = 120) List<@IntRange(min = 0, max = 99) Integer> events) {
    var model = new Model(places, maxWaiting);
    var ticker = new ManualTicker(Duration.ofSeconds(1).toNanos());
    var scheduler = new VirtualScheduler(ticker);
    var served = new ArrayList<Integer>();
    var failed = new ArrayList<Integer>();
    var running = new ArrayList<CompletableFuture<String>>();
    try (FailoverGroup<String> group =
        FailoverGroup.<String>builder("g")
            .line(Line.of("a", 0, Endpoint.of("a0", "a0")))
            .endpoints(
                EndpointPolicy.builder().maxInFlight(places).queue(TIMEOUT, maxWaiting).build())
            .retry(RetryPolicy.builder().perTry(Duration.ofHours(1)).build())
            .ticker(ticker)
            .scheduler(scheduler)
            .build()) {
      int step = 0;
      for (int i = 0; i < events.size(); i++) {
        int event = events.get(i);
        if (event < 50) {
          int request = i;
          model.arrive(request, step);
          CompletableFuture<?> unused =
              group
                  .executeAsync(
                      true,
                      Duration.ofHours(1),
                      lease -> {
                        served.add(request);
                        var call = new CompletableFuture<String>();
                        running.add(call);
                        return call;
                      })
                  .whenComplete((value, failure) -> {
                    if (failure instanceof NoEndpointException) {
                      failed.add(request);
                    }
                  });
        } else if (event < 80 && !running.isEmpty()) {
          int index = event % running.size();
          model.end(index);
          running.remove(index).complete("done");
        } else {
          step++;
          scheduler.advance(STEP);
          model.advance(step);
        }
        assertThat(served).isEqualTo(model.served);
        assertThat(failed).isEqualTo(model.failed);
        assertThat(group.snapshot().waiting().requests()).isEqualTo(model.waiting.size());
        assertThat(group.snapshot().lines().get(0).traffic().inFlight())
            .isEqualTo(model.running.size());
      }
    }
  }
}
