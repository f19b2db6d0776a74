// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.upstream.Outcome;
import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Random operations on a checker, compared with a literal model of the rules: it uses lists of
 * results instead of counts, and no locks, timers or packed words.
 */
class CheckerModelTest {
  private static final int RISE = 2;
  private static final int FALL = 3;

  /** Rise and fall, evaluated over all results of a target. */
  private static final class Verdict {
    private boolean up = true;
    private int against;

    void hear(boolean good) {
      if (good == up) {
        against = 0;
      } else if (++against >= (up ? FALL : RISE)) {
        up = good;
        against = 0;
      }
    }
  }

  private static final class Model {
    private final Verdict verdict = new Verdict();
    private String forced = "";
    private boolean heard;

    String shown() {
      if (!forced.isEmpty()) {
        return forced;
      }
      if (!heard) {
        return "CHECKING";
      }
      String name = verdict.up ? "HEALTHY" : "UNHEALTHY";
      return verdict.against > 0 ? "MOSTLY_" + name : name;
    }
  }

  @Property(tries = 40, seed = "1")
  void anyHistory_leadsToTheStatesOfTheModel(@ForAll long seed) {
    var random = new Random(seed);
    var models = new LinkedHashMap<String, Model>();
    var shown = new HashMap<String, String>(); // as published in events
    var sequences = new ArrayList<Long>();
    try (var network = new VirtualNetwork(random.nextLong(), seed, 100);
        var checker =
            network
                .checker()
                .schedule(
                    ProbeSchedule.builder()
                        .interval(Duration.ofSeconds(1))
                        .suspectInterval(Duration.ofSeconds(1))
                        .jitter(0.2)
                        .build())
                .passive(
                    PassiveRules.builder()
                        .sharedVerdict()
                        .thresholds(Thresholds.riseFall(RISE, FALL))
                        .suspicion(Suspicion.COUNT)
                        .build())
                .active(
                    ActiveRules.builder()
                        .thresholds(Thresholds.riseFall(RISE, FALL))
                        .massFailureShare(0)
                        .build())
                .panicBelow(0)
                .listener(follow(shown, sequences))
                .build()) {
      network.answers = target -> answer(models, target, random.nextInt(3) > 0);
      for (int step = 0; step < 150; step++) {
        act(random, network, checker, models);
        network.settle();
        compare(checker, models, shown);
      }
      for (int i = 1; i < sequences.size(); i++) {
        assertThat(sequences.get(i)).isEqualTo(sequences.get(i - 1) + 1);
      }
      assertThat(network.twiceAtOnce).isZero();
      checker.setTargets(List.of());
      network.settle();
      assertThat(network.open).isZero();
      assertThat(network.inFlight).isZero();
    }
  }

  private static HealthListener follow(Map<String, String> shown, List<Long> sequences) {
    return new HealthListener() {
      @Override
      public void onEvent(HealthEvent event) {
        sequences.add(event.sequence());
        if (event.kind() == HealthEvent.Kind.REMOVED) {
          assertThat(shown.remove(event.targetId())).isNotNull();
        } else {
          String to = requireNonNull(event.to()).toString();
          String from = event.from() == null ? null : event.from().toString();
          assertThat(shown.put(event.targetId(), to)).isEqualTo(from);
        }
      }
    };
  }

  /** The outcome of a probe; the first one of a target decides. */
  private static ProbeOutcome answer(Map<String, Model> models, Target target, boolean good) {
    Model model = requireNonNull(models.get(target.id()));
    if (model.heard) {
      model.verdict.hear(good);
    } else {
      model.verdict.up = good;
    }
    model.heard = true;
    return good ? VirtualNetwork.PASSED : VirtualNetwork.FAILED;
  }

  private static void act(
      Random random, VirtualNetwork network, HealthChecker checker, Map<String, Model> models) {
    String id = "t" + random.nextInt(8);
    Model model = models.get(id);
    switch (random.nextInt(6)) {
      case 0 -> {
        var next = new ArrayList<Target>();
        for (int i = 0; i < 8; i++) {
          String each = "t" + i;
          if (random.nextInt(4) > 0) {
            models.computeIfAbsent(each, name -> new Model());
            next.add(VirtualNetwork.target(i));
          } else {
            models.remove(each);
          }
        }
        checker.setTargets(next);
      }
      case 1 -> network.pass(Duration.ofMillis(random.nextInt(3_000)));
      case 2 -> {
        boolean good = random.nextBoolean();
        checker.report(id, good ? Outcome.SUCCESS : Outcome.TIMEOUT, 0, 1);
        if (model != null) {
          model.heard = true;
          model.verdict.hear(good);
        }
      }
      case 3 -> {
        boolean up = random.nextBoolean();
        assertThat(checker.force(id, up)).isEqualTo(model != null);
        if (model != null) {
          model.forced = up ? "FORCED_UP" : "FORCED_DOWN";
        }
      }
      case 4 -> {
        assertThat(checker.clearOverride(id)).isEqualTo(model != null);
        if (model != null) {
          model.forced = "";
        }
      }
      default -> {
        Outcome local = random.nextBoolean() ? Outcome.CANCELLED : Outcome.REJECTED_LOCAL;
        checker.report(id, local, 0, 1); // never counted
      }
    }
  }

  private static void compare(
      HealthChecker checker, Map<String, Model> models, Map<String, String> shown) {
    var expected = new HashMap<String, String>();
    models.forEach((id, model) -> expected.put(id, model.shown()));
    var actual = new HashMap<String, String>();
    checker
        .snapshot()
        .targets()
        .forEach(view -> actual.put(view.target().id(), view.state().toString()));
    assertThat(actual).isEqualTo(expected);
    assertThat(shown).isEqualTo(expected);
  }
}
