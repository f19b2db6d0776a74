// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api.tck;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * The rules that the architecture of every module follows. The test of a module extends this class,
 * and names a class of the module's root package and the libraries that the module may use:
 *
 * <pre>{@code
 * class ArchitectureTest extends ArchitectureRules {
 *   ArchitectureTest() {
 *     super(LeakyBucket.class, "org.slf4j..");
 *   }
 * }
 * }</pre>
 */
@TestInstance(Lifecycle.PER_CLASS) // the classes are read once
public abstract class ArchitectureRules {
  /** The largest permitted number of classes in a knot, see {@link ClassKnots}. */
  private static final int MAX_KNOT = 4;

  /** The largest permitted number of setters of a builder. */
  private static final int MAX_SETTERS = 12;

  private static final String SYSTEM_TICKER = "io.gatewaykit.api.SystemTicker";

  /**
   * Methods that read or return the system clock, in addition to all methods {@code now} of
   * java.time and the constructor of the present date.
   */
  private static final Set<String> CLOCK_METHODS =
      Set.of(
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.time.Clock.system",
          "java.time.Clock.systemUTC",
          "java.time.Clock.systemDefaultZone",
          "java.time.Clock.tick",
          "java.time.Clock.tickMillis",
          "java.time.Clock.tickMinutes",
          "java.time.Clock.tickSeconds",
          "java.time.InstantSource.system",
          "java.util.Calendar.getInstance");

  /** The methods that end the process. */
  private static final Set<String> EXIT_METHODS =
      Set.of(
          System.class.getName() + ".exit",
          Runtime.class.getName() + ".exit",
          Runtime.class.getName() + ".halt");

  private final JavaClasses module;
  private final String root;
  private final List<String> libraries;

  /**
   * Sets the module to verify.
   *
   * @param root any class of the module's root package; the main classes at its location, which do
   *     not include the tests, are verified
   * @param libraries the packages that the module may use in addition to its own, those of
   *     gateway-api, the JDK and JSpecify, as ArchUnit package patterns such as {@code
   *     "org.slf4j.."}
   */
  protected ArchitectureRules(Class<?> root, String... libraries) {
    URL location = root.getProtectionDomain().getCodeSource().getLocation();
    this.module = read(importer -> importer.importUrl(location));
    this.root = root.getPackageName();
    this.libraries = List.of(libraries);
  }

  /** Reads class files without those of libraries, of which the names are enough. */
  public static JavaClasses read(Function<ClassFileImporter, JavaClasses> importer) {
    return ArchConfiguration.withThreadLocalScope(configuration -> {
      configuration.setResolveMissingDependenciesFromClassPath(false);
      return importer.apply(new ClassFileImporter());
    });
  }

  /**
   * Returns the full names of the classes that may read the system clock, in addition to the system
   * ticker of gateway-api. Default: none.
   */
  protected Set<String> clockReaders() {
    return Set.of();
  }

  /**
   * Returns the full names of the classes that may end the process: those of a program, as a
   * library does not end its host, even if memory is exhausted. Default: none.
   */
  protected Set<String> exitingClasses() {
    return Set.of();
  }

  /**
   * Returns the setters of builders that add to a collection, and can therefore be called several
   * times, such as {@code "Route.Builder.method"}. Default: none.
   */
  protected Set<String> addingSetters() {
    return Set.of();
  }

  /**
   * Returns values for the setters of builders, for which the type of a parameter alone does not
   * suffice. A key is the type of a parameter with a value, the name of a setter with an array of
   * arguments, or the type of a builder with its supplier. Default: none.
   */
  protected Map<Object, Object> settingSamples() {
    return Map.of();
  }

  @Test
  void builders_haveFewSetters() {
    assertThat(builders().withMoreSettersThan(MAX_SETTERS)).isEmpty();
  }

  @Test
  void builders_rejectASettingMadeTwice() {
    assertThat(builders().acceptedTwice(addingSetters())).isEmpty();
  }

  private BuilderSettings builders() {
    return new BuilderSettings(
        module.stream()
            .filter(ArchitectureRules::accessible)
            .filter(type -> type.getModifiers().contains(PUBLIC))
            .<Class<?>>map(JavaClass::reflect)
            .toList(),
        settingSamples());
  }

  @Test
  void signatures_ofExportedPackages_haveNoInternalType() {
    noInternalTypesInSignatures().check(module);
  }

  @Test
  void packages_haveNoCycles() {
    packagesWithoutCycles().check(module);
  }

  @Test
  void classes_formNoLargeKnot() {
    assertThat(ClassKnots.in(Path.of("src", "main", "java")).largerThan(MAX_KNOT)).isEmpty();
  }

  @Test
  void clock_isReadByTheTickerOnly() {
    clockReadOnlyBy(clockReaders()).check(module);
  }

  @Test
  void process_isNotEndedByALibrary() {
    exitingOnlyIn(exitingClasses()).check(module);
  }

  @Test
  void dependencies_areTheListedOnly() {
    dependingOnlyOn(root, libraries).check(module);
  }

  /**
   * Returns the rule that no accessible type of an exported package has an internal type in its
   * declaration or in the signature of a public or protected member. A package is internal if one
   * of its segments is {@code internal}, otherwise exported.
   */
  public static ArchRule noInternalTypesInSignatures() {
    return classes()
        .that(describe("are accessible in an exported package", ArchitectureRules::accessible))
        .should(haveNoInternalTypes())
        .allowEmptyShould(true);
  }

  /** Returns the rule that packages do not depend on each other in a cycle. */
  public static ArchRule packagesWithoutCycles() {
    return slices().assignedFrom(new ByPackage()).should().beFreeOfCycles();
  }

  /**
   * Returns the rule that no class but the system ticker reads the system clock.
   *
   * @param readers the full names of further classes that may
   */
  public static ArchRule clockReadOnlyBy(Set<String> readers) {
    return noClasses()
        .that(
            describe(
                "are no clock readers",
                one -> !one.getName().equals(SYSTEM_TICKER) && !readers.contains(one.getName())))
        .should()
        .accessTargetWhere(describe("reads the system clock", ArchitectureRules::readsClock))
        .allowEmptyShould(true);
  }

  /**
   * Returns the rule that no class ends the process.
   *
   * @param exiting the full names of the classes that may
   */
  public static ArchRule exitingOnlyIn(Set<String> exiting) {
    return noClasses()
        .that(describe("may not end the process", one -> !exiting.contains(one.getName())))
        .should()
        .accessTargetWhere(describe("ends the process", access -> isOneOf(access, EXIT_METHODS)))
        .allowEmptyShould(true);
  }

  /**
   * Returns the rule that classes use their own module, gateway-api, the JDK, JSpecify and the
   * libraries only.
   *
   * @param root the root package of the module
   * @param libraries package patterns
   */
  public static ArchRule dependingOnlyOn(String root, List<String> libraries) {
    Stream<String> common =
        Stream.of(root + "..", "io.gatewaykit.api..", "java..", "org.jspecify..");
    return noClasses()
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            Stream.concat(common, libraries.stream()).distinct().toArray(String[]::new));
  }

  private static boolean readsClock(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return isOneOf(access, CLOCK_METHODS)
        || owner.getPackageName().startsWith("java.time") && access.getName().equals("now")
        || owner.getName().equals("java.util.Date")
            && access instanceof JavaConstructorCall call
            && call.getTarget().getRawParameterTypes().isEmpty();
  }

  private static boolean isOneOf(JavaAccess<?> access, Set<String> methods) {
    return methods.contains(access.getTargetOwner().getName() + "." + access.getName());
  }

  private static boolean internal(JavaClass type) {
    return type.getPackageName().startsWith("io.gatewaykit.")
        && Arrays.asList(type.getPackageName().split("\\.")).contains("internal");
  }

  private static boolean accessible(JavaClass type) {
    return !internal(type)
        && visible(type)
        && type.getEnclosingClass().map(ArchitectureRules::accessible).orElse(true);
  }

  private static boolean visible(HasModifiers element) {
    return element.getModifiers().contains(PUBLIC) || element.getModifiers().contains(PROTECTED);
  }

  private static ArchCondition<JavaClass> haveNoInternalTypes() {
    return new ArchCondition<>("have no internal type in a public or protected signature") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        report(type.getDescription(), supertypes(type), events);
        for (JavaMember member : type.getMembers()) {
          if (visible(member)) {
            report(member.getDescription(), member.getAllInvolvedRawTypes().stream(), events);
          }
        }
        type.getCodeUnits().stream()
            .filter(ArchitectureRules::visible)
            .forEach(
                unit -> report(unit.getDescription(), unit.getExceptionTypes().stream(), events));
      }
    };
  }

  /** Returns the raw types in the declaration of a type: its bounds and direct supertypes. */
  private static Stream<JavaClass> supertypes(JavaClass type) {
    Stream<JavaType> declared =
        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    return Stream.concat(declared, type.getTypeParameters().stream())
        .flatMap(one -> one.getAllInvolvedRawTypes().stream());
  }

  private static void report(String element, Stream<JavaClass> types, ConditionEvents events) {
    types
        .map(JavaClass::getBaseComponentType)
        .filter(ArchitectureRules::internal)
        .distinct()
        .forEach(type ->
            events.add(
                SimpleConditionEvent.violated(
                    type, element + " has the internal type " + type.getName())));
  }

  private static final class ByPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "every package";
    }
  }
}
