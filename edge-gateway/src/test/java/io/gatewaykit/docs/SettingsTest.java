// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.failover.FailoverGroup;
import io.gatewaykit.healthcheck.HealthChecker;
import io.gatewaykit.netty.GatewayHandler;
import io.gatewaykit.ratelimit.LeakyBucket;
import io.gatewaykit.redis.RedisStore;
import io.gatewaykit.servlet.GatewayFilter;
import io.gatewaykit.waf.Waf;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every setting of every builder is documented on the page of its module. */
class SettingsTest {
  private static final Path DOCS = Path.of("../docs").toAbsolutePath().normalize();
  private static final Pattern CODE = Pattern.compile("```.*?```|`[^`]+`", Pattern.DOTALL);

  static List<Arguments> modules() {
    return List.of(
        arguments(GuardChain.class, List.of("api.md")),
        arguments(LeakyBucket.class, List.of("ratelimit.md")),
        arguments(Waf.class, List.of("waf.md")),
        arguments(HealthChecker.class, List.of("healthcheck.md")),
        arguments(FailoverGroup.class, List.of("failover.md", "failover-execution.md")),
        arguments(GatewayHandler.class, List.of("netty.md")),
        arguments(GatewayFilter.class, List.of("servlet.md")),
        arguments(RedisStore.class, List.of("redis.md")));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void everySettingOfEveryBuilder_isNamedOnThePage(Class<?> ofModule, List<String> pages)
      throws Exception {
    var told = new TreeSet<String>();
    for (String page : pages) {
      Matcher code = CODE.matcher(Files.readString(DOCS.resolve(page)));
      while (code.find()) {
        told.addAll(Arrays.asList(code.group().split("[^A-Za-z0-9]+")));
      }
    }
    var settings = new TreeSet<String>();
    var untold = new TreeSet<String>();
    for (Class<?> type : buildersBeside(ofModule)) {
      for (Method method : type.getDeclaredMethods()) {
        if (isSetting(type, method)) {
          settings.add(method.getName());
          if (!told.contains(method.getName())) {
            untold.add(type.getName() + "." + method.getName());
          }
        }
      }
    }
    assertThat(settings).isNotEmpty();
    assertThat(untold).isEmpty();
  }

  private static boolean isSetting(Class<?> type, Method method) {
    return method.getReturnType() == type
        && Modifier.isPublic(method.getModifiers())
        && !Modifier.isStatic(method.getModifiers())
        && !method.isSynthetic();
  }

  private static List<Class<?>> buildersBeside(Class<?> type)
      throws IOException, ClassNotFoundException, URISyntaxException {
    Path module = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(module)) {
      return builders(module);
    }
    try (FileSystem jar = FileSystems.newFileSystem(module)) {
      return builders(jar.getPath("/"));
    }
  }

  private static List<Class<?>> builders(Path root) throws IOException, ClassNotFoundException {
    var builders = new ArrayList<Class<?>>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = root.relativize(file).toString().replace('/', '.');
        if (name.endsWith("Builder.class")) { // others can require optional dependencies
          Class<?> type =
              Class.forName(
                  name.substring(0, name.length() - ".class".length()),
                  false,
                  SettingsTest.class.getClassLoader());
          if (Modifier.isPublic(type.getModifiers())) {
            builders.add(type);
          }
        }
      }
    }
    return builders;
  }
}
