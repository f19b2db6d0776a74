// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.examples.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import io.gatewaykit.waf.Waf;
import io.gatewaykit.waf.WafRequest;
import io.gatewaykit.waf.rule.Exclusion;
import io.gatewaykit.waf.rule.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The outputs in the tuning section of {@code docs/waf.md} are those of the command. */
class WalkThroughTest {
  private static final Path LOG = Path.of("src/test/resources/access.log");
  private static final Pattern COMMAND =
      Pattern.compile("\\$ \\./mvnw -q -Pwaf-replay -Dexec.args=\"(.*)\"\n((?s:.*?))```");

  @Test
  void outputsOnThePage_areThoseOfTheCommands() throws IOException {
    Matcher shown = COMMAND.matcher(Files.readString(Path.of("../../docs/waf.md")));
    var commands = new ArrayList<String>();
    while (shown.find()) {
      commands.add(shown.group(1));
      assertThat(replayed(shown.group(1))).containsAll(shown.group(2).lines().toList());
    }
    assertThat(commands).hasSize(2);
  }

  private static List<String> replayed(String command) {
    var out = new ByteArrayOutputStream();
    String[] arguments = command.split(" ", -1);
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].equals("access.log") ? LOG.toString() : arguments[i];
    }
    int exit =
        WafReplay.run(
            new PrintStream(out, true, UTF_8), new PrintStream(out, true, UTF_8), arguments);
    assertThat(exit).as(out.toString(UTF_8)).isZero();
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void exclusionsOfThePage_admitTheStudentOnly() {
    Waf.Builder waf = Waf.builder();
    for (String rule : List.of("traversal-unix-file", "traversal-system-file")) {
      waf.exclude(Exclusion.rule(rule).target(Target.ARG, "example").onPath("/courses/"));
    }
    assertThat(blocked(waf.build(), "/courses/unix?example=/etc/passwd")).isFalse();
    assertThat(blocked(waf.build(), "/courses/unix?file=/etc/passwd")).isTrue();
    assertThat(blocked(waf.build(), "/download?example=/etc/passwd")).isTrue();
  }

  private static boolean blocked(Waf waf, String target) {
    return waf.inspect(WafRequest.of("GET", target, Headers.empty())).blocked();
  }
}
