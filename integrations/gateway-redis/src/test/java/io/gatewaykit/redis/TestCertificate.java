// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import org.junit.jupiter.api.Assumptions;

/**
 * A certificate for 127.0.0.1 that signs itself.
 *
 * @param trustStore a PKCS#12 file that contains it, with the password "changeit"
 */
record TestCertificate(Path certificate, Path key, Path trustStore) {
  static final String PASSWORD = "changeit";

  /** Creates the files in a directory, or skips the test. */
  static TestCertificate in(Path directory)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path openssl = Path.of("/usr/bin/openssl");
    Assumptions.assumeTrue(Files.isExecutable(openssl), "needs Debian's package openssl");
    Path certificate = directory.resolve("certificate.pem");
    Path key = directory.resolve("key.pem");
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(
                openssl.toString(),
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
    Path trustStore = directory.resolve("trust.p12");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(certificate);
        OutputStream out = Files.newOutputStream(trustStore)) {
      store.setCertificateEntry(
          "redis", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      store.store(out, PASSWORD.toCharArray());
    }
    return new TestCertificate(certificate, key, trustStore);
  }
}
