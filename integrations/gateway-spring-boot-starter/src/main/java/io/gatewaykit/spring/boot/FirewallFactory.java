// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import io.gatewaykit.spring.boot.GatewayKitProperties.ExclusionSettings;
import io.gatewaykit.spring.boot.GatewayKitProperties.WafSettings;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafGuard;
import io.gatewaykit.waf.WafListener;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.RuleFamily;
import java.util.List;

/** Builds the firewall from properties. */
final class FirewallFactory {
  private static final String WAF = GatewayKitProperties.PREFIX + ".waf";

  private FirewallFactory() {}

  static Waf waf(
      WafSettings settings,
      List<Exclusion> exclusions,
      List<WafListener> listeners,
      List<WafCustomizer> customizers) {
    try {
      Waf.Builder waf = Waf.builder();
      apply(settings, waf);
      exclusions.forEach(waf::exclude);
      for (int i = 0; i < settings.exclusions().size(); i++) {
        waf.exclude(exclusion(i, settings.exclusions().get(i)));
      }
      listeners.forEach(waf::listener);
      customizers.forEach(customizer -> customizer.customize(waf));
      return waf.build();
    } catch (IllegalArgumentException e) {
      throw new GatewayPropertyException(WAF, e);
    }
  }

  private static void apply(WafSettings settings, Waf.Builder waf) {
    if (settings.mode() != null) {
      waf.mode(settings.mode());
    }
    if (settings.threshold() != null) {
      waf.threshold(settings.threshold());
    }
    if (settings.paranoia() != null) {
      waf.paranoia(settings.paranoia());
    }
    if (settings.detectionParanoia() != null) {
      waf.detectionParanoia(settings.detectionParanoia());
    }
    if (!settings.families().isEmpty()) {
      waf.families(settings.families().toArray(RuleFamily[]::new));
    }
    settings.familyModes().forEach(waf::familyMode);
    settings.ruleModes().forEach(waf::ruleMode);
    settings.ruleScores().forEach(waf::ruleScore);
  }

  private static Exclusion exclusion(int index, ExclusionSettings e) {
    String property = WAF + ".exclusions[" + index + "]";
    int chosen = (e.rule() == null ? 0 : 1) + (e.family() == null ? 0 : 1);
    chosen += e.tag() == null ? 0 : 1;
    if (chosen > 1) {
      throw new GatewayPropertyException(
          property, "more than one (expected: at most one of rule, family and tag)");
    }
    if (chosen == 0 && e.target() == null && e.path() == null) {
      throw new GatewayPropertyException(
          property, "all requests (expected: a rule, family, tag, target or path)");
    }
    try {
      return new Exclusion(
          e.rule(), e.family(), e.tag(), e.target(), e.name(), e.path(), e.source());
    } catch (IllegalArgumentException cause) {
      throw new GatewayPropertyException(property, cause);
    }
  }

  static WafGuard guard(Waf waf, WafSettings settings) {
    WafGuard.Builder guard = WafGuard.builder(waf);
    if (settings.rejectOversize() != null) {
      guard.rejectOversize(settings.rejectOversize());
    }
    if (settings.rejectUnknownCodings() != null) {
      guard.rejectUnknownCodings(settings.rejectUnknownCodings());
    }
    if (settings.failureMode() != null) {
      guard.failureMode(settings.failureMode());
    }
    return guard.build();
  }
}
