// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatewaykit.api.internal.AsyncCalls;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class AddressResolverTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final InetAddress V4 = address(192, 0, 2, 1);
  private static final InetAddress V6 =
      address(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

  @Test
  void blocking_runsTheLookupOnTheExecutor() {
    var tasks = new ArrayDeque<Runnable>();
    AddressResolver resolver =
        AddressResolver.blocking(
            tasks::add, (host, network) -> new Resolution(host, List.of(V4), SECOND, network));

    CompletableFuture<Resolution> result = resolver.resolve("h", "carrier").toCompletableFuture();
    assertThat(result).isNotDone();
    tasks.remove().run();

    assertThat(result.join().source()).isEqualTo("carrier");
    assertThat(result.join().addresses().get(0).getHostName()).isEqualTo("h");
  }

  @Test
  void blocking_lookupFails_failsWithItsException() {
    AddressResolver resolver = failing(new UnknownHostException("h"));

    assertThat(failureOf(resolver)).isInstanceOf(UnknownHostException.class);
  }

  @Test
  void blocking_executorRejects_fails() {
    AddressResolver resolver =
        AddressResolver.system(
            task -> {
              throw new RejectedExecutionException("full");
            },
            SECOND);

    assertThat(failureOf(resolver)).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void system_addressLiteral_resolves() throws IOException {
    AddressResolver resolver = AddressResolver.system(Runnable::run, SECOND);

    Resolution resolution = resolver.resolveBlocking("192.0.2.1", SECOND);

    assertThat(resolution.addresses()).containsExactly(V4);
    assertThat(resolution.ttl()).isEqualTo(SECOND);
  }

  @Test
  void resolveBlocking_failure_throwsIt() {
    var failure = new UnknownHostException("h");

    assertThatThrownBy(() -> failing(failure).resolveBlocking("h", SECOND)).isSameAs(failure);
    AddressResolver broken =
        (host, network) -> {
          throw new IllegalStateException("broken");
        };
    assertThatThrownBy(() -> broken.resolveBlocking("h", SECOND))
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void resolveBlocking_noResult_timesOutOrIsInterrupted() {
    AddressResolver silent = (host, network) -> new CompletableFuture<>();

    assertThatThrownBy(() -> silent.resolveBlocking("h", Duration.ofMillis(1)))
        .isInstanceOf(IOException.class)
        .hasMessage("failed to resolve h in PT0.001S");
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedIOException.class)
        .isThrownBy(() -> silent.resolveBlocking("h", SECOND));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void orElse_firstFails_usesTheSecond() throws IOException {
    AddressResolver resolver =
        failing(new UnknownHostException("h")).orElse(AddressResolver.builtIn(known("h", V4)));

    assertThat(resolver.resolveBlocking("H", SECOND).addresses()).containsExactly(V4);
  }

  @Test
  void orElse_bothFail_hasBothExceptions() {
    var first = new IllegalStateException("first throws");
    AddressResolver throwing =
        (host, network) -> {
          throw first;
        };

    Throwable failure = failureOf(throwing.orElse(failing(new UnknownHostException("second"))));

    assertThat(failure).isInstanceOf(UnknownHostException.class).hasMessage("second");
    assertThat(failure.getSuppressed()).containsExactly(first);
  }

  @Test
  void orElse_sameException_isNotSuppressedByItself() {
    var failure = new UnknownHostException("h");

    assertThat(failureOf(failing(failure).orElse(failing(failure)))).isSameAs(failure);
  }

  @Test
  void ipv4Only_ipv6Only_filterAddresses() throws IOException {
    AddressResolver both = AddressResolver.builtIn(known("h", V6, V4));

    assertThat(both.ipv4Only().resolveBlocking("h", SECOND).addresses()).containsExactly(V4);
    assertThat(both.ipv6Only().resolveBlocking("h", SECOND).addresses()).containsExactly(V6);
    assertThat(failureOf(AddressResolver.builtIn(known("h", V4)).ipv6Only()))
        .isInstanceOf(UnknownHostException.class)
        .hasMessage("h has no IPv6 address");
  }

  @Test
  void builtIn_unknownName_fails() {
    assertThat(failureOf(AddressResolver.builtIn(Map.of())))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("h is not in the built-in list");
  }

  @Test
  void resolution_withoutAddressOrNegativeTtl_isRejected() {
    assertThatThrownBy(() -> new Resolution("h", List.of(), SECOND, "s"))
        .hasMessage("addresses: none for h (expected: at least 1)");
    assertThatThrownBy(() -> new Resolution("h", List.of(V4), SECOND.negated(), "s"))
        .hasMessage("ttl: PT-1S (expected: >= 0)");
  }

  private static AddressResolver failing(IOException failure) {
    return AddressResolver.blocking(
        Runnable::run,
        (host, network) -> {
          throw failure;
        });
  }

  private static Throwable failureOf(AddressResolver resolver) {
    return AsyncCalls.cause(
        AsyncCalls.start(() -> resolver.resolve("h"))
            .handle((resolution, failure) -> failure)
            .join());
  }

  private static Map<String, List<InetAddress>> known(String host, InetAddress... addresses) {
    return Map.of(host, List.of(addresses));
  }

  private static InetAddress address(int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    try {
      return InetAddress.getByAddress(raw);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
