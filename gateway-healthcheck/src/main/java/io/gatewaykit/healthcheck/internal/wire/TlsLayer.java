// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.wire;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The TLS layer of one connection. Transforms bytes; used by one thread at a time. */
public final class TlsLayer {
  private static final byte[] NOTHING = new byte[0];

  private final SSLEngine engine;
  private byte[] cipherText = NOTHING; // received, but not a complete record so far

  public TlsLayer(SSLEngine engine) {
    this.engine = engine;
  }

  /** The condition for progress. */
  public enum Need {
    /** More bytes from the peer. */
    BYTES,
    /** The completion of the engine's tasks, which may take long. */
    TASKS,
    /** None: the peer has closed the connection. */
    CLOSED
  }

  public void arrived(byte[] bytes, int length) {
    int before = cipherText.length;
    cipherText = Arrays.copyOf(cipherText, before + length);
    System.arraycopy(bytes, 0, cipherText, before, length);
  }

  public boolean isSecured() {
    HandshakeStatus status = engine.getHandshakeStatus();
    return engine.getHandshakeSession() == null
        && status == HandshakeStatus.NOT_HANDSHAKING
        && !engine.getSession().getCipherSuite().endsWith("_NULL_NULL");
  }

  /** Makes progress: appends bytes to be sent to {@code out} and decrypted ones to {@code in}. */
  public Need advance(Inbox in, Outbox out) throws SSLException {
    if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING && !isSecured()) {
      engine.beginHandshake();
    }
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          return Need.TASKS;
        }
        case NEED_WRAP -> encrypt(NOTHING, 0, out);
        default -> {
          Need need = decrypt(in);
          if (need != null) {
            return need;
          }
        }
      }
    }
  }

  public void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  /** Encrypts bytes into as many records as needed. */
  public void encrypt(byte[] plain, int length, Outbox out) throws SSLException {
    var source = ByteBuffer.wrap(plain, 0, length);
    do {
      var record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      SSLEngineResult result = engine.wrap(source, record);
      out.write(record.array(), 0, record.position());
      if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        return;
      }
    } while (source.hasRemaining());
  }

  /** Decrypts one record; null if decryption can continue. */
  private @Nullable Need decrypt(Inbox in) throws SSLException {
    var source = ByteBuffer.wrap(cipherText);
    var plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    SSLEngineResult result = engine.unwrap(source, plain);
    cipherText =
        source.hasRemaining()
            ? Arrays.copyOfRange(cipherText, source.position(), cipherText.length)
            : NOTHING;
    in.append(plain.array(), plain.position());
    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
      return Need.CLOSED;
    }
    boolean still =
        result.bytesConsumed() == 0
            && result.getHandshakeStatus() != HandshakeStatus.NEED_WRAP
            && result.getHandshakeStatus() != HandshakeStatus.NEED_TASK;
    return result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW || still
        ? Need.BYTES
        : null;
  }

  /** Returns the expiry of the peer's certificate; null if it presented none. */
  public @Nullable Instant certificateExpiry() {
    try {
      return engine.getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
          ? certificate.getNotAfter().toInstant()
          : null;
    } catch (SSLException e) {
      return null;
    }
  }
}
