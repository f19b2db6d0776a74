// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.edge.admin;

import io.gatewaykit.edge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Renders the status as a self-contained page. The page embeds the current status as data, and its
 * script polls for updates. Values are inserted as text nodes, never as markup.
 */
final class StatusPage {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String template;

  StatusPage() {
    try (InputStream in = StatusPage.class.getResourceAsStream("status.html")) {
      if (in == null) {
        throw new IllegalStateException("status.html is not on the class path");
      }
      template = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page, and a content security policy that admits only its own script and style. */
  record Rendered(String html, String contentSecurityPolicy) {}

  Rendered render(GatewayStatus status) {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    String nonce = HexFormat.of().formatHex(bytes);
    String html = template.replace("{{nonce}}", nonce).replace("{{status}}", Json.of(status));
    return new Rendered(
        html,
        "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; script-src 'nonce-"
            + nonce
            + "'; style-src 'nonce-"
            + nonce
            + "'");
  }
}
