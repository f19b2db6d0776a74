// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.internal.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Properties of the tables. */
class TablesPropertyTest {
  private static final int KEYS = 20_000;

  @Property(tries = 500, seed = "1")
  void evenCycle_isExact_andWithinOnePickThroughout(
      @ForAll @Size(min = 2, max = 12) List<@IntRange(min = 1, max = 40) Integer> weightsList) {
    int[] weights = weightsList.stream().mapToInt(i -> i).toArray();
    var cycle = new EvenCycle(weights, 0);
    int sum = Arrays.stream(weights).sum();
    int gcd = (int) (sum / new SmoothWeighted(weights).cycle());
    int length = sum / gcd;
    // The cursor has a random start, so inspect the cycle from its head.
    while (cycle.position() != 0) {
      int unused = cycle.next();
    }
    var own = new int[weights.length];
    double worst = 0;
    for (int i = 1; i <= length; i++) {
      own[cycle.next()]++;
      for (int j = 0; j < weights.length; j++) {
        double ideal = (double) i * weights[j] / sum;
        worst = Math.max(worst, Math.abs(own[j] - ideal));
      }
    }
    for (int j = 0; j < weights.length; j++) {
      assertThat(own[j]).isEqualTo(weights[j] / gcd);
    }
    assertThat(worst).isLessThan(1);
  }

  @Property(tries = 100, seed = "1")
  void smoothSequence_throughChanges_equalsTheModel(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 0, max = 30) Integer> weightsList,
      @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 1_000_000) Integer> eventsList) {
    int[] weights = weightsList.stream().mapToInt(i -> i).toArray();
    var model = new SmoothWeighted(weights);
    var sequence = new SmoothSequence(weights, 0);
    var eligible = new boolean[weights.length];
    Arrays.fill(eligible, true);
    for (int event : eventsList) {
      int index = event / 7 % weights.length;
      switch (event % 7) {
        case 0 -> {
          eligible[index] = !eligible[index];
          model.eligible(index, eligible[index]);
          sequence.eligible(eligible);
        }
        case 1 -> {
          model.failed(index, 2);
          sequence.failed(index, 2);
        }
        case 2 -> {
          model.weight(index, event % 31);
          sequence.weight(index, event % 31);
        }
        default -> {
          for (int i = 0; i < event % 200; i++) {
            assertThat(sequence.next()).isEqualTo(model.pick());
          }
        }
      }
    }
  }

  @Property(tries = 50, seed = "1")
  void alias_picksInProportion(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 1000) Integer> weightsList,
      @ForAll long seed) {
    int[] weights = weightsList.stream().mapToInt(i -> i).toArray();
    long sum = Arrays.stream(weights).asLongStream().sum();
    Assume.that(sum > 0);
    var table = new AliasTable(weights);
    var random = new SplittableRandom(seed);
    var counts = new int[weights.length];
    int picks = 50_000;
    for (int i = 0; i < picks; i++) {
      counts[table.pick(random.nextLong())]++;
    }
    for (int i = 0; i < weights.length; i++) {
      double share = (double) weights[i] / sum;
      double sigma = Math.sqrt(picks * share * (1 - share));
      assertThat((double) counts[i]).isCloseTo(picks * share, within(6 * sigma + 1e-9));
    }
  }

  @Test
  void alias_aMillionPicks_passChiSquare() {
    int[] weights = {1, 2, 3, 5, 8, 13, 21, 34};
    var table = new AliasTable(weights);
    var random = new SplittableRandom(42);
    var counts = new int[weights.length];
    int picks = 1_000_000;
    for (int i = 0; i < picks; i++) {
      counts[table.pick(random.nextLong())]++;
    }
    double chiSquare = 0;
    for (int i = 0; i < weights.length; i++) {
      double expected = picks * weights[i] / 87.0;
      chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    assertThat(chiSquare).as("7 degrees of freedom, p = 1e-6").isLessThan(41.6);
  }

  @Label(
      "R-80: removing an endpoint moves only its keys, and adding it again restores exactly these")
  @Tag("slow")
  @Property(tries = 15, seed = "1")
  void rendezvous_removeAndReturn_movesOnlyItsOwnKeys(
      @ForAll @Size(min = 2, max = 40) List<@IntRange(min = 1, max = 100) Integer> weightsList,
      @ForAll @IntRange(min = 0, max = 1_000_000) int pick) {
    int[] weights = weightsList.stream().mapToInt(i -> i).toArray();
    long[] ids = ids(weights.length);
    var full = RendezvousTable.of(ids, weights);
    int gone = pick % weights.length;
    RendezvousTable without = full.with(gone, 0);
    RendezvousTable back = without.with(gone, weights[gone]);
    int[] less = weights.clone();
    less[gone] = 0;
    var fresh = RendezvousTable.of(ids, less);
    for (long key = 0; key < KEYS; key++) {
      int before = full.pick(key);
      int after = without.pick(key);
      assertThat(after).isNotEqualTo(gone).isEqualTo(fresh.pick(key));
      if (before != gone) {
        assertThat(after).isEqualTo(before);
      } else {
        assertThat(full.pickWithout(key, i -> i == gone)).isEqualTo(after);
      }
      assertThat(back.pick(key)).isEqualTo(before);
    }
  }

  @Label("R-81: the mapping does not depend on the order of endpoints")
  @Property(tries = 10, seed = "1")
  void hashTables_anyOrder_sameMapping(@ForAll @IntRange(min = 2, max = 60) int n) {
    long[] ids = ids(n);
    long[] reversed = LongStream.range(0, n).map(i -> ids[(int) (n - 1 - i)]).toArray();
    int[] weights = new int[n];
    Arrays.fill(weights, 3);
    var one = RendezvousTable.of(ids, weights);
    var other = RendezvousTable.of(reversed, weights);
    var maglev = new MaglevTable(ids, weights);
    var otherMaglev = new MaglevTable(reversed, weights);
    for (long key = 0; key < 5000; key++) {
      assertThat(one.pick(key)).isEqualTo(n - 1 - other.pick(key));
      assertThat(maglev.pick(key)).isEqualTo(n - 1 - otherMaglev.pick(key));
    }
  }

  @Test
  void rendezvous_hundredEndpoints_noneIsFarFromTheMean() {
    int[] weights = new int[100];
    Arrays.fill(weights, 1);
    int[] load = load(RendezvousTable.of(ids(100), weights)::pick, 100, 400_000);
    // The number of slots bounds the imbalance: the error of a hundredth of 16,384 is about 8 %.
    assertThat(Arrays.stream(load).max().orElseThrow()).isLessThan((int) (4000 * 1.30));
    assertThat(Arrays.stream(load).min().orElseThrow()).isGreaterThan((int) (4000 * 0.75));
  }

  @Test
  void rendezvous_weights_giveSharesInProportion() {
    int[] load = load(RendezvousTable.of(ids(3), new int[] {1, 2, 5})::pick, 3, 400_000);
    assertThat(load[0] / 400_000.0).isCloseTo(1 / 8.0, within(0.012));
    assertThat(load[2] / 400_000.0).isCloseTo(5 / 8.0, within(0.012));
  }

  @DisplayName("R-80 for the big table: at most one in a hundred keys of the others moves")
  @Test
  void maglev_removeOneOfAThousand_movesLessThanOnePercentOfTheOthers() {
    long[] ids = ids(1000);
    int[] weights = new int[1000];
    Arrays.fill(weights, 1);
    var full = new MaglevTable(ids, weights);
    weights[417] = 0;
    var without = new MaglevTable(ids, weights);
    int moved = 0;
    int owned = 0;
    for (long key = 0; key < 400_000; key++) {
      int before = full.pick(key);
      int after = without.pick(key);
      assertThat(after).isNotEqualTo(417);
      owned += before == 417 ? 1 : 0;
      moved += before != 417 && before != after ? 1 : 0;
    }
    assertThat(owned).isBetween(300, 500);
    assertThat(moved).isLessThan(4000);
  }

  @DisplayName("R-05: large weights do not make tables large or slow to build")
  @Test
  void tables_hugeWeights_costBoundedWork() {
    int[] bomb = {1_000_000, 999_999};
    var sequence = new SmoothSequence(bomb, 0);
    int first = 0;
    for (int i = 0; i < 10_000; i++) {
      first += sequence.next() == 0 ? 1 : 0;
    }
    assertThat(first).isEqualTo(5000);
    int[] skewed = new int[5000];
    Arrays.fill(skewed, 1);
    skewed[7] = 1_000_000;
    int[] load = load(new MaglevTable(ids(5000), skewed)::pick, 5000, 100_000);
    assertThat(load[7]).isGreaterThan(90_000);
  }

  private interface Pick {
    int of(long key);
  }

  private static int[] load(Pick pick, int endpoints, int keys) {
    var load = new int[endpoints];
    for (long key = 0; key < keys; key++) {
      load[pick.of(key)]++;
    }
    return load;
  }

  private static long[] ids(int n) {
    return LongStream.range(0, n).map(i -> Stripes.mix(i + 1)).toArray();
  }
}
