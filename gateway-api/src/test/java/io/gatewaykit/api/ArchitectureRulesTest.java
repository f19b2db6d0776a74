// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.InternalException;
import io.gatewaykit.api.internal.PackageCycle;
import io.gatewaykit.api.tck.ArchitectureRules;
import io.gatewaykit.api.tck.ClassKnots;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule fails on code that violates it, and passes on similar code that does not. */
public class ArchitectureRulesTest {

  @ParameterizedTest
  @ValueSource(
      classes = {
        Returns.class,
        Accepts.class,
        Throws.class,
        HasField.class,
        Bounded.class,
        Inherits.class,
        Outer.Nested.class
      })
  void noInternalTypesInSignatures_publicSignature_fails(Class<?> type) {
    assertFails(
        ArchitectureRules.noInternalTypesInSignatures(), type.getName(), withEnclosing(type));
  }

  @ParameterizedTest
  @ValueSource(classes = {UsesInside.class, PackagePrivate.class, Arguments.class})
  void noInternalTypesInSignatures_internalUse_passes(Class<?> type) {
    assertPasses(ArchitectureRules.noInternalTypesInSignatures(), withEnclosing(type));
  }

  @Test
  void packagesWithoutCycles_twoPackages_fails() {
    ArchRule rule = ArchitectureRules.packagesWithoutCycles();

    assertFails(rule, "Cycle detected", PackageCycle.class, IntoInternal.class);
    assertPasses(rule, PackageCycle.class, Returns.class, Arguments.class);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        NanoTime.class,
        NanoTimeReference.class,
        CurrentTimeMillis.class,
        Now.class,
        Today.class,
        PresentDate.class,
        WallClock.class
      })
  void clockReadOnlyBy_reader_failsUnlessNamed(Class<?> type) {
    assertFails(ArchitectureRules.clockReadOnlyBy(Set.of()), type.getName(), type);
    assertPasses(ArchitectureRules.clockReadOnlyBy(Set.of(type.getName())), type);
  }

  @Test
  void clockReadOnlyBy_systemTicker_passes() {
    assertPasses(ArchitectureRules.clockReadOnlyBy(Set.of()), SystemTicker.class);
  }

  @ParameterizedTest
  @ValueSource(classes = {Exit.class, Halt.class})
  void exitingOnlyIn_call_failsUnlessNamed(Class<?> type) {
    assertFails(ArchitectureRules.exitingOnlyIn(Set.of()), type.getName(), type);
    assertPasses(ArchitectureRules.exitingOnlyIn(Set.of(type.getName())), type);
  }

  @Test
  void clockReadOnlyBy_givenTime_passes() {
    assertPasses(ArchitectureRules.clockReadOnlyBy(Set.of()), GivenDate.class);
  }

  @Test
  void dependingOnlyOn_otherLibrary_failsUnlessNamed() {
    Class<?> type = UsesLibrary.class;

    assertFails(
        ArchitectureRules.dependingOnlyOn("io.gatewaykit.other", List.of()), "assertj", type);
    assertPasses(
        ArchitectureRules.dependingOnlyOn("io.gatewaykit.other", List.of("org.assertj..")), type);
  }

  @Test
  void classKnots_cycle_isFoundWithItsDependencies() {
    ClassKnots knots =
        ClassKnots.of(
            Map.of(
                "p.A", "class A { B b; }",
                "p.B", "class B { int c = C.MAX; }",
                "p.C", "class C { static final int MAX = 1; Object a = new A(); }",
                "p.D", "class D { A a; }"));

    assertThat(knots.knots()).containsExactly(new TreeSet<>(Set.of("p.A", "p.B", "p.C")));
    assertThat(knots.largerThan(3)).isEmpty();
    assertThat(knots.largerThan(2))
        .containsExactly("a knot of 3 classes:\n  A -> B\n  B -> C\n  C -> A");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/** Made by A. */",
        "// as in A",
        "String s = \"\\\"A\";",
        "String url = \"http://A\"; // \"",
        "char quote = '\"'; // \" A",
        "String block = \"\"\"\n  \"A\" \\\"\"\" A\n\"\"\";"
      })
  void classKnots_commentOrLiteral_isNoDependency(String code) {
    assertThat(knotsWith(code).knots()).isEmpty();
    assertThat(knotsWith(code + "\nA a;").knots()).hasSize(1);
  }

  private static ClassKnots knotsWith(String code) {
    return ClassKnots.of(Map.of("p.A", "class A { B b; }", "p.B", "class B {\n" + code + "\n}"));
  }

  @Test
  void classKnots_longLiteral_isRead() {
    String literal = "\"" + "\\t".repeat(1000) + "x".repeat(100_000) + "\"";

    assertThat(knotsWith("String s = " + literal + ";").knots()).isEmpty();
  }

  @Test
  void classKnots_sealedFamily_isOneClass() {
    String shape = "sealed interface Shape permits Circle, Square {}";
    Map<String, String> family =
        Map.of(
            "p.Shape",
            shape,
            "p.Circle",
            "final class Circle implements Shape {}",
            "p.Square",
            "final class Square implements Shape { Canvas canvas; }",
            "p.Canvas",
            "class Canvas { Shape shape; Circle circle; }");

    assertThat(ClassKnots.of(family).knots())
        .containsExactly(new TreeSet<>(Set.of("p.Canvas", "p.Shape")));
  }

  @Test
  void classKnots_sameSimpleName_prefersTheOwnPackage() {
    ClassKnots knots =
        ClassKnots.of(
            Map.of(
                "p.A", "class A { B b; }",
                "p.B", "class B { }",
                "q.B", "class B { A a; }"));

    assertThat(knots.knots()).isEmpty();
  }

  private static void assertFails(ArchRule rule, String message, Class<?>... types) {
    assertThatThrownBy(() -> rule.check(read(types)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }

  private static void assertPasses(ArchRule rule, Class<?>... types) {
    assertThatCode(() -> rule.check(read(types))).doesNotThrowAnyException();
  }

  /** The rule also reads whether the enclosing classes are accessible. */
  private static Class<?>[] withEnclosing(Class<?> type) {
    return Stream.<Class<?>>iterate(type, Objects::nonNull, Class::getEnclosingClass)
        .toArray(Class[]::new);
  }

  private static JavaClasses read(Class<?>... types) {
    return ArchitectureRules.read(importer -> importer.importClasses(types));
  }

  /** Half of a cycle of packages. */
  public interface IntoInternal {
    /** The other half. */
    PackageCycle there();
  }

  public interface Returns {
    Supplier<Arguments> internal();
  }

  public interface Accepts {
    void accept(Arguments[] internal);
  }

  public interface Throws {
    void run() throws InternalException;
  }

  @SuppressWarnings("NullAway.Init") // never used
  public static class HasField {
    protected Arguments internal;
  }

  public interface Bounded<T extends Supplier<Arguments>> {
    T bounded();
  }

  public interface Inherits extends Supplier<Arguments> {}

  public static class Outer {
    public interface Nested {
      Arguments internal();
    }
  }

  @SuppressWarnings("NullAway.Init") // never used
  public static class UsesInside {
    private Arguments field;

    Arguments internal() {
      return field;
    }
  }

  interface PackagePrivate {
    Arguments internal();
  }

  static class Exit {
    final Runnable exit = () -> System.exit(1);
  }

  static class Halt {
    void end() {
      Runtime.getRuntime().halt(1);
    }
  }

  static class NanoTime {
    long read() {
      return System.nanoTime();
    }
  }

  static class NanoTimeReference {
    final LongSupplier clock = System::nanoTime;
  }

  static class CurrentTimeMillis {
    long read() {
      return System.currentTimeMillis();
    }
  }

  static class Now {
    Instant read() {
      return Instant.now();
    }
  }

  static class Today {
    LocalDate read() {
      return LocalDate.now(ZoneOffset.UTC);
    }
  }

  @SuppressWarnings("JavaUtilDate") // the rule finds it
  static class PresentDate {
    Date read() {
      return new Date();
    }
  }

  static class WallClock {
    final InstantSource clock = InstantSource.system();
  }

  @SuppressWarnings("JavaUtilDate") // the rule does not find it
  static class GivenDate {
    Date of(long millis) {
      return new Date(millis);
    }
  }

  static class UsesLibrary {
    Object library() {
      return assertThat(1);
    }
  }
}
