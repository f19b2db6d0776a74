// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.request.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Targets of ordinary clients are admitted; those that only scanners request are blocked. */
class HonestTargetsTest {
  private static final Waf DEFAULT = Waf.builder().build();

  static List<String> honest() throws IOException {
    try (InputStream in =
        requireNonNull(HonestTargetsTest.class.getResourceAsStream("honest-targets.txt"))) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }

  private static WafResult inspect(String method, String target) {
    return DEFAULT.inspect(WafRequest.of(method, target, Headers.of("Host", "www.example.com")));
  }

  @Test
  void honest_targets_areManyAndDistinct() throws IOException {
    assertThat(honest()).hasSizeGreaterThan(515).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("honest")
  void inspect_honestTarget_passes(String line) {
    String[] words = line.split(" ", 2);
    assertThat(inspect(words[0], words[1])).returns(false, WafResult::blocked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.git/config",
        "/blog/.git/HEAD",
        "/.env",
        "/api/.env.production",
        "/.aws/credentials",
        "/.ssh/id_rsa",
        "/.htpasswd",
        "/.vscode/sftp.json",
        "/.cursor/mcp.json",
        "/wp-config.php.bak",
        "/wp-config.php~",
        "/index.php.old",
        "/shop/config.php.save",
        "/backup.zip",
        "/db.sql",
        "/dump.sql.gz",
        "/admin/backup.tar.gz",
        "/error_log",
        "/storage/logs/laravel.log",
        "/web.config",
        "/composer.lock",
        "/config/database.yml",
        "/app/etc/local.xml",
        "/terraform.tfstate",
        "/phpMyAdmin/index.php",
        "/phpinfo.php",
        "/server-status",
        "/docker-compose.yml",
        "/logs/mail.log",
        "/actuator",
        "/login?user[$ne]=1&password[$ne]=1",
        "/articles?filters[password][$startsWith]=a",
        "/articles?filters[$where]=1",
        "/actuator/env",
        "/actuator//heapdump",
        "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "/cgi-bin/luci",
        "/raw/../.git/config",
        "//.env",
        "/%2eenv",
        "/view?file=../index.php",
        "/view?file=../../../x",
        "/view?file=..%5C..%5Cx",
        "/view?file=../../../../etc/passwd",
        "/download?file=.././.././.././.././var/lib/app/users",
        "/download?file=..%2f.%2f..%2f.%2f..%2f.%2fvar/lib/app/users",
        "/download?file=..//./..//./..//./var/lib/app",
        "/download?file=../../x/../../x/../../x/../../data/users",
        "/download?file=..././..././..././var/lib/app/users",
        "/download?file=x/../y/../z/../data",
        "/download?file=../x/../..",
        "/download?file=../../app.py",
        "/download?file=../../index.js",
        "/download?file=../../config.json",
        "/download?file=../../appsettings.json",
        "/download?file=../../app/config/parameters.yml",
        "/download?file=../../id_ed25519",
        "/download?file=../../server.crt",
        "/download?file=../../Web.xml",
        "/download?file=../tools/run.rb",
        "/download?file=../secrets.yaml",
        "/download?file=../config/services.yml",
        "/download?file=../keys/id_ecdsa",
        "/vpn/../vpns/portal/scripts/newbm.pl",
        "/manager/html",
        "/vendor/composer/installed.json",
        "/cgi-bin/test-cgi",
        "/app/config/application-prod.yml",
        "/.old/../wp-config.php",
        "/wordpress/wp-config.php",
        "/config/credentials.json",
        "/id_rsa",
        "/mail.log",
        "/index.php~",
        "/api/actuator/env",
        "/a/b/actuator/heapdump",
        "/c99.php",
        "/img/myshell.php",
      })
  void inspect_probe_isBlocked(String target) {
    assertThat(inspect("GET", target)).returns(true, WafResult::blocked);
  }

  @Test
  void inspect_storingRequest_namesItsOwnFile() {
    assertThat(inspect("GET", "/dump.sql").blocked()).isTrue();
    assertThat(inspect("POST", "/dump.sql").blocked()).isTrue();
    assertThat(inspect("PUT", "/dump.sql").blocked()).isFalse();
  }

  @Test
  void inspect_parameterGoingUp_blocksAtParanoia2() {
    WafRequest request = WafRequest.of("GET", "/files?path=..%2F..%2Fx", Headers.empty());

    assertThat(DEFAULT.inspect(request)).returns(3, WafResult::score);
    assertThat(Waf.builder().paranoia(2).build().inspect(request).blocked()).isTrue();
  }
}
