// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Self-signed keys, created with the JDK's keytool. */
final class TestKeys {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final KeyStore keys;

  private TestKeys(KeyStore keys) {
    this.keys = keys;
  }

  /** Creates a key for a name, which the certificate contains as a DNS name. */
  static TestKeys of(Path folder, String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    if (!Files.exists(file)) {
      var command =
          new ArrayList<>(
              List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
      command.addAll(List.of("-genkeypair", "-alias", "key", "-keyalg", "EC", "-validity", "30"));
      command.addAll(List.of("-dname", "CN=" + name, "-ext", "san=dns:" + name));
      command.addAll(
          List.of("-storetype", "PKCS12", "-storepass", "changeit", "-keystore", file.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(said);
      }
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    return new TestKeys(keys);
  }

  /** Returns a context that presents this key, if given, and trusts that of the other. */
  static SSLContext context(@Nullable TestKeys own, @Nullable TestKeys trusted)
      throws GeneralSecurityException {
    KeyManager @Nullable [] managers = null;
    if (own != null) {
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(own.keys, PASSWORD);
      managers = factory.getKeyManagers();
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore certificates = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      certificates.load(null, null);
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
    if (trusted != null) {
      certificates.setCertificateEntry("other", trusted.keys.getCertificate("key"));
    } else if (own != null) {
      certificates.setCertificateEntry("own", own.keys.getCertificate("key"));
    }
    trust.init(certificates);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers, trust.getTrustManagers(), null);
    return context;
  }

  KeyStore store() {
    return keys;
  }

  static char[] password() {
    return PASSWORD.clone();
  }
}
