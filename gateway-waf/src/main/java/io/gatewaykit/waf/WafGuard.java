package io.gatewaykit.waf;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.FailureMode;
import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Stage;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.AttributeKey;
import io.gatewaykit.api.request.BodyView;
import io.gatewaykit.api.request.GatewayRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Puts a {@link Waf} before requests: the head, then the inspectable part of the body. A refused
 * client learns an incident id, and nothing of the rules. What head and body score is added.
 * Thread-safe; {@link #replace} puts other rules in place while requests go on.
 */
public final class WafGuard implements Guard {
  private volatile Waf waf;
  private final AttributeKey<WafInspection> begun = AttributeKey.of("waf");
  private final AttributeKey<Waf> used = AttributeKey.of("waf-used");
  private final AttributeKey<WafResult> found = AttributeKey.of("waf-found");
  private final FailureMode failureMode;
  private final boolean refuseOversize;

  private WafGuard(Builder builder) {
    waf = builder.waf;
    failureMode = builder.failureMode;
    refuseOversize = builder.refuseOversize;
  }

  /** Returns a builder of a guard around this firewall. */
  public static Builder builder(Waf waf) {
    return new Builder(waf);
  }

  @Override
  public String name() {
    return "waf";
  }

  @Override
  public Set<Stage> stages() {
    return Set.of(Stage.HEAD, Stage.BODY);
  }

  @Override
  public FailureMode failureMode() {
    return failureMode;
  }

  /**
   * Puts another firewall in place of this one's, at once. What is under way ends with the one that
   * it began with. Build the new one first: if that fails, the old one has never left.
   *
   * @return the one before
   */
  public Waf replace(Waf next) {
    requireNonNull(next, "next");
    Waf before = waf;
    waf = next;
    return before;
  }

  /** Returns the firewall in use. */
  public Waf waf() {
    return waf;
  }

  @Override
  public Verdict onHead(GatewayRequest request) {
    Waf current = waf; // read once, as it may be replaced meanwhile
    WafInspection inspection = current.begin(wafRequest(request));
    WafResult result = inspection.head();
    if (!result.blocked()) {
      request.attributes().set(used, current);
      if (inspection.isNeeded()) {
        request.attributes().set(begun, inspection);
      }
    }
    return verdict(request, result);
  }

  private static WafRequest wafRequest(GatewayRequest request) {
    return WafRequest.of(request.method(), request.rawTarget(), request.headers())
        .withClient(request.client().address());
  }

  /** Returns the firewall that a request began with. */
  private Waf wafOf(GatewayRequest request) {
    Waf first = request.attributes().get(used);
    return first == null ? waf : first;
  }

  @Override
  public int bodyBytesWanted(GatewayRequest request) {
    Waf current = wafOf(request);
    if (current.mode() == WafMode.OFF) {
      return 0;
    }
    List<String> types = request.headers().all("Content-Type");
    if (types.isEmpty()) {
      return current.limits().bodyBytes();
    }
    for (String value : types) {
      String type = value.toLowerCase(Locale.ROOT);
      if (!type.startsWith("image/")
          && !type.startsWith("video/")
          && !type.startsWith("audio/")
          && !type.startsWith("application/octet-stream")) {
        return current.limits().bodyBytes();
      }
    }
    return 0;
  }

  @Override
  public Verdict onBody(GatewayRequest request, BodyView body) {
    Waf current = wafOf(request);
    if (!body.complete() && refuseOversize && current.mode() == WafMode.BLOCK) {
      return Verdict.reject(Rejection.builder(413, "waf_oversize", "Content Too Large").build());
    }
    byte[] bytes = new byte[body.length()];
    body.bytes().get(bytes);
    WafInspection inspection = request.attributes().get(begun);
    if (inspection == null) { // the head left nothing that matters now
      inspection = current.begin(wafRequest(request));
    }
    WafRequest head = inspection.request();
    return verdict(
        request,
        inspection.body(body.complete() ? head.withBody(bytes) : head.withBeginningOfBody(bytes)));
  }

  /**
   * Returns what was found in this request until now: of the body, once that was inspected, and
   * nothing if this guard was not asked.
   */
  public WafResult found(GatewayRequest request) {
    WafResult result = request.attributes().get(found);
    return result == null ? WafResult.CLEAN : result;
  }

  private Verdict verdict(GatewayRequest request, WafResult result) {
    if (!result.incident().isEmpty()) {
      request.attributes().set(found, result);
    }
    if (!result.blocked()) {
      return Verdict.allow();
    }
    return Verdict.reject(
        Rejection.builder(403, "waf_blocked", "Forbidden")
            .extension("incident", result.incident())
            .build());
  }

  /** Collects the settings of a {@link WafGuard}. Not thread-safe. */
  public static final class Builder {
    private final Waf waf;
    private FailureMode failureMode = FailureMode.FAIL_CLOSED;
    private boolean refuseOversize;

    private Builder(Waf waf) {
      this.waf = requireNonNull(waf, "waf");
    }

    /** Sets what happens if the inspection fails. Default: the request is refused. */
    public Builder failureMode(FailureMode failureMode) {
      this.failureMode = requireNonNull(failureMode, "failureMode");
      return this;
    }

    /**
     * Sets whether a body longer than {@link WafLimits#bodyBytes()} is refused with 413. Default:
     * false, its beginning is inspected and the rest passes unseen.
     */
    public Builder refuseOversize(boolean refuse) {
      this.refuseOversize = refuse;
      return this;
    }

    /** Builds the guard. */
    public WafGuard build() {
      return new WafGuard(this);
    }
  }
}
