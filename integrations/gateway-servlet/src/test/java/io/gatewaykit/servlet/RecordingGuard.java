package io.gatewaykit.servlet;

import io.gatewaykit.api.guard.Completion;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.ResponseHead;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A guard that answers as told and notes everything. */
final class RecordingGuard implements Guard {
  final List<String> seen = new CopyOnWriteArrayList<>();
  private final Function<GatewayRequest, Verdict> onHead;
  private final Function<String, Verdict> onBody;
  private final int wanted;

  RecordingGuard(
      Function<GatewayRequest, Verdict> onHead, int wanted, Function<String, Verdict> onBody) {
    this.onHead = onHead;
    this.wanted = wanted;
    this.onBody = onBody;
  }

  static RecordingGuard answering(Verdict verdict) {
    return new RecordingGuard(request -> verdict, 0, body -> Verdict.allow());
  }

  static RecordingGuard reading(int wanted, Function<String, Verdict> onBody) {
    return new RecordingGuard(request -> Verdict.allow(), wanted, onBody);
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
  public int bodyBytesWanted(GatewayRequest request) {
    return wanted;
  }

  @Override
  public Verdict onBody(GatewayRequest request, BodyView body) {
    String text = StandardCharsets.ISO_8859_1.decode(body.bytes().duplicate()).toString();
    seen.add("body " + text + (body.complete() ? "" : "..."));
    return onBody.apply(text);
  }

  @Override
  public void onResponse(GatewayRequest request, ResponseHead response) {
    seen.add("response " + response.status());
    response.setHeader("X-Guarded", "yes");
  }

  @Override
  public void onComplete(GatewayRequest request, Completion completion) {
    seen.add(completion.how() + " " + completion.status());
  }
}
