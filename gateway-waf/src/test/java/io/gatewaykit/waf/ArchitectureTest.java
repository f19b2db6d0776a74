// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import io.gatewaykit.api.tck.ArchitectureRules;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rules of gateway-waf, which uses gateway-api, RE2/J and SLF4J only, and reads no clock. */
class ArchitectureTest extends ArchitectureRules {
  ArchitectureTest() {
    super(Waf.class, "com.google.re2j..", "javax.crypto..", "org.slf4j..");
  }

  @Test
  void rootPackage_holdsPublicTypesOnly() {
    classes()
        .that()
        .resideInAPackage("io.gatewaykit.waf")
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("package-info")
        .should()
        .bePublic()
        .check(
            read(importer ->
                importer
                    .withImportOption(new DoNotIncludeTests())
                    .importPackages("io.gatewaykit.waf")));
  }

  @Override
  protected Set<String> addingSetters() {
    return Set.of(
        "Waf.Builder.exclude",
        "Waf.Builder.listener",
        "Waf.Builder.rule",
        "PatternSet.Builder.checkedPattern",
        "PatternSet.Builder.pattern",
        "PatternSet.Builder.phrases",
        "Rule.Builder.tags",
        "Rule.Builder.when");
  }

  /** The default clock for the times of incidents. */
  @Override
  protected Set<String> clockReaders() {
    return Set.of(IncidentLog.class.getName());
  }
}
