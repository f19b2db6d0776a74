// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.BodyObserver;
import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A guard with given verdicts that adds {@code X-Guarded} to responses and records all calls. */
public final class RecordingGuard implements Guard {
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final Function<? super GatewayRequest, ? extends Verdict> onHead;
  private final Function<? super String, ? extends Verdict> onBody;
  private final int wanted;
  private final List<String> observed = new CopyOnWriteArrayList<>();
  private volatile boolean observes;
  private volatile boolean failsToObserve;

  private RecordingGuard(
      Function<? super GatewayRequest, ? extends Verdict> onHead,
      int wanted,
      Function<? super String, ? extends Verdict> onBody) {
    this.onHead = onHead;
    this.wanted = wanted;
    this.onBody = onBody;
  }

  /** Returns a guard that gives the same verdict on each head. */
  public static RecordingGuard answering(Verdict verdict) {
    return judging(request -> verdict);
  }

  /** Returns a guard that evaluates heads with a function. */
  public static RecordingGuard judging(Function<? super GatewayRequest, ? extends Verdict> onHead) {
    return new RecordingGuard(onHead, 0, body -> Verdict.allow());
  }

  /** Returns a guard that allows all heads and evaluates the given number of bytes of each body. */
  public static RecordingGuard reading(
      int wanted, Function<? super String, ? extends Verdict> onBody) {
    return reading(Verdict.allow(), wanted, onBody);
  }

  /** Returns a guard with a verdict on heads that evaluates this many bytes of each body. */
  public static RecordingGuard reading(
      Verdict head, int wanted, Function<? super String, ? extends Verdict> onBody) {
    return new RecordingGuard(request -> head, wanted, onBody);
  }

  /** Makes this guard observe the bodies of responses, from the next response on. */
  public RecordingGuard observing() {
    observes = true;
    return this;
  }

  /** Makes this guard throw an exception for each chunk of a response that it observes. */
  public RecordingGuard failingToObserve() {
    failsToObserve = true;
    return observing();
  }

  /** Returns the bodies of the observed responses, one char for each byte. */
  public String observed() {
    return String.join("", observed);
  }

  /**
   * Returns the calls in order: {@code head GET /target}, {@code body bytes} (with three dots if
   * the body continues), {@code response 200}, {@code SERVED 200}.
   */
  public List<String> seen() {
    return List.copyOf(seen);
  }

  /** Returns the completions, such as {@code SERVED 200}. */
  public List<String> ends() {
    return seen.stream().filter(event -> event.matches("[A-Z]+ [0-9]+")).toList();
  }

  @Override
  public String name() {
    return "recording";
  }

  @Override
  public Set<Stage> stages() {
    return EnumSet.allOf(Stage.class);
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    seen.add("head " + request.method() + " " + request.rawTarget());
    return onHead.apply(request);
  }

  @Override
  public @Nullable BodyInspector inspectBody(GatewayRequest request) {
    return wanted == 0 ? null : BodyInspector.buffering(wanted, this::judge);
  }

  private Verdict judge(BodyView body) {
    String text = StandardCharsets.ISO_8859_1.decode(body.bytes()).toString();
    seen.add("body " + text + (body.complete() ? "" : "..."));
    return onBody.apply(text);
  }

  @Override
  public void onResponse(GatewayRequest request, ResponseHead response) {
    seen.add("response " + response.status());
    response.setHeader("X-Guarded", "yes");
  }

  @Override
  public @Nullable BodyObserver observeResponseBody(GatewayRequest request, ResponseHead response) {
    return observes ? this::observe : null;
  }

  private void observe(ByteBuffer bytes) {
    observed.add(StandardCharsets.ISO_8859_1.decode(bytes).toString());
    if (failsToObserve) {
      throw new IllegalStateException("the observer fails, as the test wants");
    }
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    seen.add(completion.kind() + " " + completion.status());
  }
}
