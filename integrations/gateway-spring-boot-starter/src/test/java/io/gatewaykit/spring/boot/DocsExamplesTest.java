// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** The configurations in docs/spring-boot.md are accepted. */
class DocsExamplesTest {
  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  private static List<String> examples() throws IOException {
    Matcher yaml = YAML.matcher(Files.readString(Path.of("../../docs/spring-boot.md")));
    var examples = new ArrayList<String>();
    while (yaml.find()) {
      examples.add(yaml.group(1));
    }
    return examples;
  }

  @Test
  void examples_areAccepted() throws IOException {
    assertThat(examples()).hasSizeGreaterThan(1);
    for (String yaml : examples()) {
      List<PropertySource<?>> sources =
          new YamlPropertySourceLoader()
              .load("page", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
      Contexts.runnerWithFirewall()
          .withInitializer(
              context -> sources.forEach(context.getEnvironment().getPropertySources()::addLast))
          .run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(NamedLimits.class).all()).isNotEmpty();
          });
    }
  }
}
