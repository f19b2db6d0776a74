// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.ManualTicker;
import io.gatewaykit.api.request.BodyBudget;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RequestProgressTest {
  private final ManualTicker ticker = new ManualTicker();
  private final BodyBudget budget = BodyBudget.of(1 << 20);
  private final RequestProgress progress = new RequestProgress(ticker, budget);

  @Test
  void headOfOneByteASecond_isTooSlow_afterItsGracePeriod() {
    for (int second = 0; second < 29; second++) {
      progress.received(1);
      ticker.advance(Duration.ofSeconds(1));
      assertThat(progress.isTooSlow()).isFalse();
    }
    ticker.advance(Duration.ofSeconds(1));
    assertThat(progress.isTooSlow()).isTrue();
  }

  @Test
  void bodyAtTheMinimumRate_mayTakeAnyTime() {
    progress.received(100);
    progress.headEnded(0);
    for (int second = 0; second < 3600; second++) {
      progress.received(RequestProgress.MIN_BYTES_PER_SECOND);
      ticker.advance(Duration.ofSeconds(1));
      assertThat(progress.isTooSlow()).isFalse();
    }
  }

  @Test
  void fastBodyThatStalls_isTooSlowInTheNextWindow() {
    progress.received(1_000_000_000);
    progress.headEnded(0);
    ticker.advance(Duration.ofSeconds(31));
    assertThat(progress.isTooSlow()).isFalse();
    progress.received(1);
    ticker.advance(Duration.ofSeconds(31));
    assertThat(progress.isTooSlow()).isTrue();
  }

  @Test
  void waitingForTheServer_isNotTheClientsTime() {
    progress.received(10);
    progress.headEnded(0);
    ticker.advance(Duration.ofSeconds(29));
    progress.restart();
    ticker.advance(Duration.ofSeconds(29));
    assertThat(progress.isTooSlow()).isFalse();
  }

  @Test
  void betweenRequests_nothingIsTooSlow() {
    progress.received(10);
    progress.headEnded(0);
    progress.requestEnded();
    ticker.advance(Duration.ofHours(1));
    assertThat(progress.isTooSlow()).isFalse();
    assertThat(progress.nanosSinceProgress(true)).isEqualTo(Duration.ofHours(1).toNanos());
  }

  @Test
  void incompleteHeadBehindACompleteRequest_isReservedAndTimed() {
    progress.received(1000); // a complete request, and the start of the next one
    progress.headEnded(0);
    progress.requestEnded();
    assertThat(progress.decoded(900)).isTrue();
    assertThat(budget.usedBytes()).isEqualTo(900);
    ticker.advance(Duration.ofSeconds(31));
    assertThat(progress.isTooSlow()).isTrue();
    progress.release();
  }

  @Test
  void head_isReservedUntilTheEndOfItsResponse() {
    progress.received(1000);
    assertThat(progress.decoded(1000)).isTrue();
    assertThat(budget.usedBytes()).isEqualTo(1000);
    assertThat(progress.headEnded(15_000)).isTrue();
    progress.requestEnded();
    assertThat(progress.headEnded(10_000)).isTrue();
    assertThat(budget.usedBytes()).isEqualTo(25_000);
    progress.responseEnded();
    assertThat(budget.usedBytes()).isEqualTo(10_000);
    progress.release();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void ordinaryHead_needsNoReservation_onceItIsComplete() {
    progress.received(1000);
    assertThat(progress.decoded(1000)).isTrue();
    assertThat(progress.headEnded(RequestProgress.ORDINARY_HEAD_BYTES)).isTrue();
    assertThat(budget.usedBytes()).isZero();
    assertThat(progress.headEnded(1000)).isTrue();
    assertThat(budget.usedBytes()).as("a pipelined head is reserved").isEqualTo(1000);
    progress.responseEnded();
    progress.responseEnded();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void bytesOfAClientThatDoesNotRead_areNoProgress() {
    ticker.advance(Duration.ofSeconds(70));
    progress.received(1);
    assertThat(progress.nanosSinceProgress(true)).isZero();
    assertThat(progress.nanosSinceProgress(false)).isEqualTo(Duration.ofSeconds(70).toNanos());
    progress.responseProgressed();
    assertThat(progress.nanosSinceProgress(false)).isZero();
  }
}
