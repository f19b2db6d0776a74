// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.RuleHit;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafLimits;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.WafResult;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.RuleFamily;
import io.gatewaykit.waf.rule.RuleMode;
import io.gatewaykit.waf.rule.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The replay, the guard with other chunk sizes, and an inspection in one call make the same
 * decisions. {@code -Dgatewaykit.waf.cases=FOLDER} adds each recorded file of a folder.
 */
class ReplayedRequestTest {
  private static final String ATTACK = "q=1'+union+select+password+from+users--+";
  private static final int[] CHUNKS = {1, 1_000, 8 << 10, 1 << 30};
  private static final int ONE_BYTE_UP_TO = 4_096; // a megabyte byte by byte takes long

  /** A firewall with its guard. */
  record Setting(String name, Waf waf, WafGuard guard) {
    private Setting(String name, Waf waf) {
      this(name, waf, WafGuard.builder(waf).build());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Setting> settings() {
    WafLimits low = WafLimits.builder().formBytes(3_000).documentBytes(6_000).build();
    return Stream.of(
        new Setting("default", Waf.builder().build()),
        new Setting("strict", Waf.builder().paranoia(3).threshold(3).limits(low).build()),
        new Setting(
            "excluded",
            Waf.builder()
                .exclude(Exclusion.family(RuleFamily.SQLI).target(Target.ARG, "q"))
                .exclude(Exclusion.rule("protocol-body-oversize"))
                .limits(low)
                .build()),
        new Setting(
            "counted",
            Waf.builder()
                .familyMode(RuleFamily.SQLI, RuleMode.COUNT)
                .detectionParanoia(2)
                .build()));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void replay_ownSamples_equalsTheGuardAndTheInspection(Setting setting) {
    boolean large = setting.name().equals("default"); // the others have low limits
    ownSamples(large ? List.of(0, 5_000, 200_000) : List.of(0, 5_000))
        .forEach(request -> assertAlike(request, setting));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void replay_recordedCases_equalsTheGuardAndTheInspection(Setting setting) throws IOException {
    String folder = System.getProperty("gatewaykit.waf.cases", "src/test/resources");
    List<RecordedRequest> requests = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      for (Path file : files.filter(ReplayedRequestTest::isRecorded).sorted().toList()) {
        RecordedFile.read(file, collector(requests), new ProgressBar(System.err, false, 0));
      }
    }
    assertThat(requests).isNotEmpty();
    requests.forEach(request -> assertAlike(request, setting));
  }

  private static boolean isRecorded(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.matches(".*\\.(jsonl|har|log)(\\.gz)?");
  }

  private static RequestSink collector(List<RecordedRequest> requests) {
    return new RequestSink() {
      @Override
      public void onRequest(RecordedRequest request) {
        requests.add(request);
      }

      @Override
      public void onBadLine(long line, String reason) {}
    };
  }

  private static void assertAlike(RecordedRequest request, Setting setting) {
    WafGuard guard = setting.guard();
    ReplayResult replayed = ReplayedRequest.replay(request, guard, 8 << 10);
    for (int chunk : CHUNKS) {
      if (chunk > 1 || request.body().length <= ONE_BYTE_UP_TO) {
        ReplayResult chunked = ReplayedRequest.replay(request, guard, chunk);
        assertThat(chunked.blocked()).as(request.id()).isEqualTo(replayed.blocked());
        if (!chunked.blocked()) { // the first chunk that blocks ends the inspection
          assertThat(rules(chunked.result())).as(request.id()).isEqualTo(rules(replayed.result()));
        }
      }
    }
    WafRequest whole =
        WafRequest.of(request.method(), request.rawTarget(), request.headers(), request.body())
            .withClient(InetAddress.getLoopbackAddress());
    WafResult inspected = setting.waf().inspect(whole);
    assertThat(inspected.blocked()).as(request.id()).isEqualTo(replayed.result().blocked());
    if (inspected.blocked()) { // the guard does not wait for the body of a head that is blocked
      assertThat(rules(inspected)).as(request.id()).containsAll(rules(replayed.result()));
    } else {
      assertThat(rules(inspected)).as(request.id()).isEqualTo(rules(replayed.result()));
    }
  }

  private static List<String> rules(WafResult result) {
    return result.hits().stream().map(RuleHit::rule).toList();
  }

  /** Bodies of each kind and size, with an attack at the start, at the end, or none. */
  private static List<RecordedRequest> ownSamples(List<Integer> paddings) {
    List<RecordedRequest> samples = new ArrayList<>();
    Random random = new Random(11);
    for (String type :
        List.of(
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json",
            "application/xml",
            "image/png",
            "application/octet-stream",
            "multipart/form-data; boundary=b")) {
      Headers headers = type.isEmpty() ? Headers.empty() : Headers.of("Content-Type", type);
      for (int padding : paddings) {
        for (String body :
            List.of(
                "a=" + "x".repeat(padding) + "&" + ATTACK,
                ATTACK + "&a=" + "x".repeat(padding),
                "{\"a\":\"" + "x".repeat(padding) + "\",\"q\":\"1' union select a from b-- \"}",
                "<a>" + "x".repeat(padding) + "<b>1' union select a from b-- </b></a>",
                part("f\"; filename=\"f.bin", noise(random, padding))
                    + part("q", ATTACK)
                    + "--b--\r\n",
                noise(random, padding))) {
          samples.add(
              new RecordedRequest(
                  type + " " + samples.size(),
                  "own",
                  "POST",
                  "/",
                  headers,
                  body.getBytes(ISO_8859_1)));
        }
      }
    }
    return samples;
  }

  private static String part(String name, String content) {
    return "--b\r\nContent-Disposition: form-data; name=\""
        + name
        + "\"\r\n\r\n"
        + content
        + "\r\n";
  }

  private static String noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return new String(bytes, ISO_8859_1);
  }
}
