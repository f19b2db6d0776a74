package io.gatewaykit.examples.edge.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The status as one page that needs nothing else. It carries the status of the moment as data, and
 * its script asks for newer ones; every value becomes text of the document, never markup.
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

  /** The page, and the policy that lets only its own script and style run. */
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
