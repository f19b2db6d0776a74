// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import io.gatewaykit.api.request.RequestTarget;
import io.gatewaykit.waf.internal.engine.BodyPolicy;
import io.gatewaykit.waf.internal.engine.Match;
import io.gatewaykit.waf.internal.engine.RequestInspection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The inspection of one request: its head, followed by its body if there is one. The score is
 * accumulated over both. All of it uses the same {@link Waf}, even if the guard's firewall is
 * replaced. Used by one thread at a time.
 */
public final class WafInspection implements AutoCloseable {
  private final Waf waf;
  private final WafRequest request;
  private final RequestInspection inspection;
  private final Map<String, RuleHit> hits = new LinkedHashMap<>(); // by rule
  private String incident = "";
  private final List<RuleHit> unnotified = new ArrayList<>();
  private WafResult last = WafResult.CLEAN; // the last notified result

  WafInspection(Waf waf, WafRequest request, BodyPolicy policy) {
    this.waf = waf;
    this.request = request;
    inspection = new RequestInspection(waf.policy(), request.head(), policy, this::onMatch);
  }

  /** Inspects path, query, cookies and header fields. Called once. */
  public WafResult head() {
    if (waf.mode() == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    inspection.head();
    return result();
  }

  /**
   * Inspects a complete body. Called once, after the head.
   *
   * @param withBody the request whose head was inspected, with its body
   * @return the result for head and body together
   */
  public WafResult body(WafRequest withBody) {
    byte[] bytes = withBody.body();
    body(bytes, 0, bytes.length);
    return endBody(withBody.bodyComplete());
  }

  /**
   * Inspects the next bytes of the body. Called after the head. The bytes are not retained.
   *
   * @return the result for the head and the body so far
   */
  public WafResult body(byte[] bytes, int from, int to) {
    if (waf.mode() == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    inspection.feed(bytes, from, to);
    return result();
  }

  /**
   * Ends the inspection of the body. Called once.
   *
   * @param complete false if the body continues but the rest is not inspected; constructs that are
   *     incomplete at its end are then not violations
   * @return the result for head and body together
   */
  public WafResult endBody(boolean complete) {
    if (waf.mode() == WafMode.OFF) {
      return WafResult.CLEAN;
    }
    inspection.finish(complete);
    return result();
  }

  /** Releases the resources of the body inspection. Idempotent; may be called at any time. */
  @Override
  public void close() {
    inspection.close();
  }

  /** Returns whether the inspection of the body depends on this object. */
  boolean isNeeded() {
    return inspection.isNeeded();
  }

  private void onMatch(Match match) {
    String path = RequestTarget.normalizedPath(request.rawTarget());
    RuleHit hit = RuleHit.of(match, path);
    hits.put(hit.rule(), hit); // replaces a hit of the rule with a lower score
    unnotified.removeIf(earlier -> earlier.rule().equals(hit.rule()));
    unnotified.add(hit);
  }

  /** Returns the result so far, and notifies listeners of new hits. */
  private WafResult result() {
    boolean exhausted = inspection.isExhausted();
    if (unnotified.isEmpty() && exhausted == last.exhausted()) {
      return last;
    }
    if (incident.isEmpty()) {
      incident = Waf.newIncident();
    }
    last = waf.result(List.copyOf(hits.values()), incident, exhausted);
    List<RuleHit> news = List.copyOf(unnotified);
    unnotified.clear();
    waf.notifyListeners(request, last, news);
    return last;
  }
}
