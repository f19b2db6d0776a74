// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.Headers;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.waf.internal.value.BodyReading;
import io.gatewaykit.waf.internal.value.RequestValues;
import io.gatewaykit.waf.internal.value.Value;
import io.gatewaykit.waf.rule.Condition;
import io.gatewaykit.waf.rule.Operator;
import io.gatewaykit.waf.rule.Phase;
import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Severity;
import io.gatewaykit.waf.rule.Target;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Head and body of a request, as seen by rules. */
class WafInspectionTest {
  private static final Rule ODD =
      Rule.builder("odd")
          .when(Condition.on(Target.ARG).contains("odd"))
          .severity(Severity.WARNING)
          .build();
  private static final Rule STRANGE =
      Rule.builder("strange")
          .when(Condition.on(Target.ARG).contains("strange"))
          .severity(Severity.NOTICE)
          .build();

  private static Waf.Builder only(Rule... rules) {
    Waf.Builder builder = Waf.builder().builtin(List.of());
    for (Rule rule : rules) {
      builder.rule(rule);
    }
    return builder;
  }

  private static WafRequest post(String target, String body) {
    return WafRequest.of(
        "POST",
        target,
        Headers.of("Content-Type", "application/x-www-form-urlencoded"),
        body.getBytes(ISO_8859_1));
  }

  private static List<String> hits(Waf waf, WafRequest request) {
    return waf.inspect(request).hits().stream().map(RuleHit::rule).toList();
  }

  private static RequestHead head(String target) {
    return RequestHead.builder("POST", target)
        .headers("Content-Type", "application/x-www-form-urlencoded")
        .build();
  }

  @Test
  void headAndBody_scoresAreAdded() {
    List<WafResult> told = new ArrayList<>();
    List<String> hits = new ArrayList<>();
    WafListener listener =
        new WafListener() {
          @Override
          public void onHit(WafRequest request, RuleHit hit) {
            hits.add(hit.rule());
          }

          @Override
          public void onIncident(WafRequest request, WafResult result) {
            told.add(result);
          }
        };
    WafGuard guard = WafGuard.builder(only(ODD, STRANGE).listener(listener).build()).build();
    RequestHead request = head("/?a=odd");

    assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
    Verdict verdict = judge(guard, request, "b=strange".getBytes(ISO_8859_1), true);

    assertThat(verdict).isInstanceOf(Verdict.Reject.class);
    assertThat(hits).containsExactly("odd", "strange");
    assertThat(told).extracting(WafResult::score).containsExactly(3, 5);
    assertThat(told).extracting(WafResult::blocked).containsExactly(false, true);
    assertThat(told)
        .extracting(WafResult::incident)
        .hasSize(2)
        .containsOnly(told.get(0).incident());
    assertThat(told.get(1).threshold()).isEqualTo(5);
  }

  @Test
  void ruleOfTwoConditions_maySeeOneInTheHeadAndOneInTheBody() {
    Rule both =
        Rule.builder("both")
            .when(Condition.on(Target.PATH).beginsWith("/report"))
            .when(Condition.on(Target.ARG.named("id")).notMatches("^\\d{1,10}$"))
            .build();
    WafGuard guard = WafGuard.builder(only(both).build()).build();
    RequestHead request = head("/report");
    RequestHead other = head("/other");

    guard.onHead(request);
    guard.onHead(other);

    byte[] body = "id=1x".getBytes(ISO_8859_1);
    assertThat(judge(guard, request, body, true)).isInstanceOf(Verdict.Reject.class);
    assertThat(judge(guard, other, body, true)).isSameAs(Verdict.allow());
    assertThat(hits(guard.waf(), post("/report", "id=12"))).isEmpty();
  }

  @Test
  void phase_selectsTheValuesOfARule() {
    Rule head =
        Rule.builder("head").when(Condition.on(Target.ARG).contains("x")).phase(Phase.HEAD).build();
    Rule body =
        Rule.builder("body").when(Condition.on(Target.ARG).contains("x")).phase(Phase.BODY).build();
    Waf waf = only(head, body).build();

    assertThat(hits(waf, post("/?a=x", "b=y"))).containsExactlyInAnyOrder("head", "body");
    assertThat(hits(waf, post("/?a=y", "b=x"))).containsExactly("body");
    assertThat(hits(waf, WafRequest.of("GET", "/?a=x", Headers.empty()))).containsExactly("head");

    WafGuard guard = WafGuard.builder(only(body).build()).build();
    RequestHead request = head("/?a=x");
    assertThat(guard.onHead(request)).isSameAs(Verdict.allow());
    assertThat(judge(guard, request, "b=y".getBytes(ISO_8859_1), true))
        .isInstanceOf(Verdict.Reject.class);
  }

  @Test
  void count_isOfAllValuesChosen() {
    Rule many =
        Rule.builder("many").when(Condition.on(Target.ARG.any().count()).moreThan(3)).build();
    Rule twice =
        Rule.builder("twice")
            .when(Condition.on(Target.ARG.named("id").count()).moreThan(1))
            .build();
    Rule none =
        Rule.builder("none")
            .when(
                Condition.on(Target.HEADER.named("x-key").count())
                    .test(new Operator.Compare(Operator.Compare.Relation.EQUAL, 0)))
            .build();
    Waf waf = only(many, twice, none).build();

    assertThat(hits(waf, post("/?a=1&b=2", "c=3"))).containsExactly("none");
    assertThat(hits(waf, post("/?a=1&b=2", "c=3&d=4"))).containsExactlyInAnyOrder("many", "none");
    assertThat(hits(waf, post("/?id=1", "ID=2"))).contains("twice");
    assertThat(hits(waf, WafRequest.of("GET", "/?id=1", Headers.of("X-Key", "k")))).isEmpty();
  }

  @Test
  void everyTarget_hasItsValue() throws Exception {
    WafRequest request =
        WafRequest.of(
                "POST",
                "/p%41th?q%31=v%31",
                Headers.of(
                    "Cookie", "c1=cv", "X-H", "hv", "Content-Type", "multipart/x; boundary=b"))
            .withClient(InetAddress.getByName("192.0.2.7"))
            .withBody(
                "--b\r\nX-P: pv\r\nContent-Disposition: a; filename=fn\r\n\r\nbv"
                    .getBytes(ISO_8859_1));

    assertThat(value(Target.METHOD, request)).containsExactly("POST");
    assertThat(value(Target.URI, request)).containsExactly("/p%41th?q%31=v%31");
    assertThat(value(Target.PATH, request)).containsExactly("/pAth");
    assertThat(value(Target.QUERY, request)).containsExactly("q%31=v%31");
    assertThat(value(Target.ARG, request)).containsExactly("v1", "pv", "a");
    assertThat(value(Target.ARG_NAME, request)).containsExactly("q1");
    assertThat(value(Target.COOKIE, request)).containsExactly("cv");
    assertThat(value(Target.COOKIE_NAME, request)).containsExactly("c1");
    assertThat(value(Target.HEADER, request)).containsExactly("hv", "multipart/x; boundary=b");
    assertThat(value(Target.HEADER_NAME, request)).containsExactly("cookie", "x-h", "content-type");
    assertThat(value(Target.FILE_NAME, request)).containsExactly("fn");
    assertThat(value(Target.FILE_TEXT, request)).containsExactly("bv");
    assertThat(value(Target.PART_HEADER, request)).contains("X-P: pv");
    assertThat(value(Target.BODY, request)).singleElement().asString().startsWith("--b\r\n");
    assertThat(value(Target.MALFORMED, request))
        .singleElement()
        .asString()
        .contains("no closing boundary");
    assertThat(value(Target.CLIENT, request)).containsExactly("192.0.2.7");
  }

  /** Returns the values of a target, and verifies that a rule on it inspects them. */
  private static List<String> value(Target target, WafRequest request) {
    assertThat(
            hits(
                only(Rule.builder("r")
                        .when(Condition.on(target).test(new Operator.Exists()))
                        .build())
                    .build(),
                request))
        .as("a rule on %s", target)
        .containsExactly("r");
    RequestValues head = new RequestValues(Set.of(target));
    head.head(request.head());
    List<Value> values = new ArrayList<>(head.values());
    values.addAll(bodyValues(request, Set.of(target)));
    return values.stream().map(Value::text).toList();
  }

  /** Returns the values of some targets in a body. */
  static List<Value> bodyValues(WafRequest request, Set<Target> wanted) {
    List<Value> values = new ArrayList<>();
    byte[] body = request.body();
    try (BodyReading reading =
        new BodyReading(
            request.head(),
            WafLimits.defaults().ofBody(),
            wanted,
            (target, name, text) -> {
              if (wanted.contains(target)) {
                values.add(new Value(target, name, text));
              }
            })) {
      reading.feed(body, 0, body.length);
      reading.finish(request.bodyComplete());
    }
    return values;
  }

  @Test
  void clientInNetwork_isRejected() throws Exception {
    Rule rule =
        Rule.builder("net")
            .when(Condition.on(Target.CLIENT).inNetworks("192.0.2.0/24", "2001:db8::/32"))
            .build();
    Waf waf = only(rule).build();
    WafRequest request = WafRequest.of("GET", "/", Headers.empty());

    assertThat(hits(waf, request.withClient(InetAddress.getByName("192.0.2.9")))).hasSize(1);
    assertThat(hits(waf, request.withClient(InetAddress.getByName("2001:db8::1")))).hasSize(1);
    assertThat(hits(waf, request.withClient(InetAddress.getByName("198.51.100.1")))).isEmpty();
    assertThat(hits(waf, request)).as("not known").isEmpty();
  }

  @Test
  void exhausted_failsAsChosen_andTheSameRequestAlwaysCostsTheSame() {
    WafLimits tight = WafLimits.builder().workChars(1000).build();
    WafRequest request = WafRequest.of("GET", "/?q=" + "a".repeat(5000), Headers.empty());
    Waf closed = Waf.builder().limits(tight).build();
    WafLimits tightAndOpen =
        WafLimits.builder().workChars(1000).whenExhausted(FailureMode.FAIL_OPEN).build();
    Waf open = Waf.builder().limits(tightAndOpen).build();

    assertThat(closed.inspect(request)).matches(WafResult::blocked).matches(WafResult::exhausted);
    assertThat(open.inspect(request).blocked()).isFalse();
    assertThat(open.inspect(request).exhausted()).isTrue();

    WafRequest fields =
        WafRequest.of(
            "GET", "/?q=" + "a".repeat(900), Headers.of("Accept", "*/*", "User-Agent", "Mozilla"));
    long enough = leastWork(fields);
    Waf just = within(enough);
    Waf tooFew = within(enough - 1);
    for (int i = 0; i < 20; i++) { // with and without cached fields
      assertThat(just.inspect(fields).exhausted()).isFalse();
      assertThat(tooFew.inspect(fields).exhausted()).isTrue();
    }
  }

  private static Waf within(long work) {
    return Waf.builder().limits(WafLimits.builder().workChars(work).build()).build();
  }

  private static long leastWork(WafRequest request) {
    long low = 1_000;
    long high = 10_000_000;
    while (low < high) {
      long middle = (low + high) / 2;
      if (within(middle).inspect(request).exhausted()) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Test
  void beginningOfABody_isNoFault_butInspected() {
    WafRequest request = WafRequest.of("POST", "/", Headers.of("Content-Type", "application/json"));

    assertThat(inspected(request, "{\"a\":\"b", false).hits()).isEmpty();
    assertThat(inspected(request, "{\"a\":\"b", true).blocked()).isTrue();
    assertThat(inspected(request, "{\"a\":\"<script>run()</script>", false).blocked()).isTrue();
  }

  private static WafResult inspected(WafRequest request, String body, boolean complete) {
    byte[] bytes = body.getBytes(ISO_8859_1);
    return Waf.builder()
        .build()
        .begin(request)
        .body(complete ? request.withBody(bytes) : request.withBeginningOfBody(bytes));
  }

  /** Returns the verdict of a guard on a body that arrives as one chunk. */
  static Verdict judge(WafGuard guard, GatewayRequest request, byte[] body, boolean complete) {
    BodyInspector inspector = requireNonNull(guard.inspectBody(request));
    Rejection early = inspector.onBytes(ByteBuffer.wrap(body));
    return early == null ? inspector.onHeld(complete) : Verdict.reject(early);
  }

  @Test
  void count_inTheHeadsPhase_isOfTheHead_evenIfABodyFollows() {
    Rule none =
        Rule.builder("none")
            .when(
                Condition.on(Target.ARG.any().count())
                    .test(new Operator.Compare(Operator.Compare.Relation.EQUAL, 0)))
            .phase(Phase.HEAD)
            .build();

    assertThat(hits(only(none).build(), post("/", "a=1"))).containsExactly("none");
    assertThat(hits(only(none).build(), post("/?a=1", ""))).isEmpty();
  }

  @Test
  void excerptOfSecrets_isNotShown() {
    Waf waf = Waf.builder().build();
    String attack = "%3Cscript%3Ealert(1)%3C/script%3E";

    for (String name : new String[] {"password", "new_passwd", "accessToken", "client_secret"}) {
      assertThat(waf.inspect(post("/", name + "=" + attack)).hits())
          .as(name)
          .isNotEmpty()
          .allSatisfy(hit -> assertThat(hit.excerpt()).isEqualTo("(not shown)"));
    }
    Headers headers =
        Headers.of("Cookie", "id=" + attack, "X-Api-Key", "<script>alert(1)</script>");
    assertThat(waf.inspect(WafRequest.of("GET", "/", headers)).hits())
        .isNotEmpty()
        .allSatisfy(hit -> assertThat(hit.excerpt()).isEqualTo("(not shown)"));
    assertThat(waf.inspect(post("/", "text=" + attack)).hits())
        .anySatisfy(hit -> assertThat(hit.excerpt()).contains("script"));
  }

  @Test
  void listenerThatThrows_changesNothing_andIsCounted() {
    Waf waf =
        Waf.builder()
            .listener((request, result) -> {
              throw new IllegalStateException("of the test");
            })
            .build();

    assertThat(waf.inspect(post("/", "a=%3Cscript%3Ealert(1)%3C/script%3E")).blocked()).isTrue();
    assertThat(waf.listenerFailures()).isEqualTo(1);
  }
}
