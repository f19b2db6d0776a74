// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.healthcheck.internal.engine;

import io.gatewaykit.healthcheck.internal.wire.Inbox;
import io.gatewaykit.healthcheck.internal.wire.Outbox;
import io.gatewaykit.healthcheck.internal.wire.ProbeOutcome;
import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.TlsLayer;
import io.gatewaykit.healthcheck.state.ProbeResult.Cause;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a target, with or without TLS. Confined to the loop's thread. */
public final class ProbeConnection implements Transport.Connection, ProbeLoop.Handler {
  /** A response in more reads than this is considered an attempt to keep the engine busy. */
  private static final int MAX_READS = 4_096;

  private final ProbeLoop loop;
  private final Transport.Owner owner;
  private final Session session;
  private final @Nullable TlsLayer tls;
  private final Inbox inbox = new Inbox();
  private final SocketChannel channel;
  private final SelectionKey key;
  private @Nullable ByteBuffer unsent;
  private int reads;
  private boolean inExchange;
  private boolean connected;
  private boolean secured;
  private boolean tasksRunning;
  private boolean keptBefore;
  private boolean anythingArrived;
  private boolean kept;
  private boolean closed;

  /**
   * Starts to connect.
   *
   * @throws LocalSocketException if this host cannot provide a socket or a local port
   * @throws IOException if the attempt fails immediately for another reason
   */
  public ProbeConnection(ProbeLoop loop, ProbePart.Exchange exchange, Transport.Owner owner)
      throws IOException {
    this.loop = loop;
    this.owner = owner;
    session = exchange.newSession();
    SSLEngine secure = exchange.newTlsEngine();
    tls = secure == null ? null : new TlsLayer(secure);
    InetSocketAddress address = exchange.address();
    channel = open(family(address.getAddress()));
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      inExchange = true;
      key = channel.register(loop.selector(), SelectionKey.OP_CONNECT, this);
      if (channel.connect(address)) {
        loop.execute(this::onImmediateConnect); // async: the owner has no reference to this yet
      }
    } catch (BindException e) {
      channel.close();
      throw new LocalSocketException(e); // no free local port
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Creates a socket, which involves no peer: a failure is a lack of descriptors or memory. */
  private static SocketChannel open(ProtocolFamily family) throws LocalSocketException {
    try {
      return SocketChannel.open(family);
    } catch (IOException e) {
      throw new LocalSocketException(e);
    }
  }

  /** An IPv4 socket for IPv4: a dual-stack socket maps each address at the cost of a call. */
  private static ProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  private void onImmediateConnect() {
    if (!closed) {
      try {
        onConnected();
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void failed(IOException e) {
    if (e instanceof SSLException) {
      finish(ProbeOutcome.failed(Cause.TLS, "TLS: " + e.getMessage()));
    } else if (!connected) {
      finish(ProbeOutcome.failed(Cause.CONNECT, "failed to connect: " + e.getMessage()));
    } else if (tls != null && !secured) {
      finish(ProbeOutcome.failed(Cause.TLS, "failed during the TLS handshake: " + e.getMessage()));
    } else {
      finishReset("connection failed: " + e.getMessage());
    }
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public @Nullable Instant certificateExpiry() {
    return tls == null || !secured ? null : tls.certificateExpiry();
  }

  @Override
  public void sendAgain() {
    inExchange = true;
    keptBefore = true;
    anythingArrived = false;
    try {
      sendRequest();
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  public void ready() {
    if (closed) {
      return;
    }
    try {
      if (!connected) {
        if (channel.finishConnect()) {
          onConnected();
        }
        return;
      }
      if (key.isWritable()) {
        flush();
      }
      if (!closed && key.isReadable()) {
        read();
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void onConnected() throws IOException {
    connected = true;
    key.interestOps(SelectionKey.OP_READ);
    if (tls == null) {
      secured = true;
      sendRequest();
    } else {
      advanceTls();
    }
  }

  private void sendRequest() throws IOException {
    reads = 0;
    Outbox out = loop.outbox();
    session.begin(out);
    boolean nothingToSend = out.size() == 0;
    sendPlain(out);
    if (nothingToSend || inbox.available() > 0) {
      processInput();
    }
  }

  private void sendPlain(Outbox plain) throws IOException {
    if (plain.size() == 0) {
      return;
    }
    if (tls == null) {
      send(plain.array(), plain.size());
    } else {
      byte[] copy = plain.toByteArray();
      Outbox cipher = loop.outbox();
      tls.encrypt(copy, copy.length, cipher);
      send(cipher.array(), cipher.size());
    }
  }

  private void send(byte[] bytes, int length) throws IOException {
    if (length == 0) {
      return;
    }
    ByteBuffer before = unsent;
    if (before == null) {
      ByteBuffer lent = loop.sendBuffer(bytes, length);
      channel.write(lent);
      if (lent.hasRemaining()) {
        unsent = ByteBuffer.allocate(lent.remaining()).put(lent).flip();
        key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
      }
    } else {
      unsent =
          ByteBuffer.allocate(before.remaining() + length).put(before).put(bytes, 0, length).flip();
    }
  }

  private void flush() throws IOException {
    ByteBuffer left = unsent;
    if (left != null) {
      channel.write(left);
      if (!left.hasRemaining()) {
        unsent = null;
        key.interestOps(SelectionKey.OP_READ);
      }
    }
  }

  private void read() throws IOException {
    int count = loop.read(channel);
    byte[] shared = loop.readBytes();
    boolean mayReceive = inExchange || session.listens() || tls != null;
    if (!mayReceive) {
      close(); // the peer closed or sent unsolicited data: do not keep the connection
      return;
    }
    if (count < 0) {
      inbox.ended = true;
    } else if (count > 0) {
      if (++reads > MAX_READS) {
        finish(ProbeOutcome.failed(Cause.PROTOCOL, "response split into too many reads"));
        return;
      }
      if (tls != null) {
        tls.arrived(shared, count);
      } else if (inbox.available() == 0) {
        anythingArrived = true;
        // Fast path: most responses fit in one read and are parsed in the loop's buffer.
        inbox.lend(shared, count);
        processInput();
        inbox.keep();
        return;
      } else {
        inbox.append(shared, count);
      }
      anythingArrived |= tls == null || secured;
    }
    if (tls != null && !inbox.ended) {
      advanceTls();
    } else {
      processInput();
    }
  }

  private void advanceTls() throws IOException {
    TlsLayer layer = tls;
    if (layer == null || tasksRunning) {
      return;
    }
    Outbox out = loop.outbox();
    TlsLayer.Need need;
    try {
      need = layer.advance(inbox, out);
    } finally {
      send(out.array(), out.size()); // including the alert of a failed handshake
    }
    if (need == TlsLayer.Need.TASKS) {
      tasksRunning = true;
      loop.offload(layer::runTasks, this::tasksDone);
      return;
    }
    inbox.ended |= need == TlsLayer.Need.CLOSED;
    if (!secured && layer.isSecured()) {
      secured = true;
      sendRequest();
    }
    if (!closed && (inbox.available() > 0 || inbox.ended)) {
      processInput();
    }
  }

  private void tasksDone() {
    tasksRunning = false;
    if (!closed) {
      try {
        advanceTls();
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void processInput() throws IOException {
    if (closed) {
      return;
    }
    if (!inExchange && !session.listens()) {
      close();
      return;
    }
    if (inbox.ended && !anythingArrived && keptBefore) {
      finish(ProbeOutcome.RECONNECT); // the peer had closed before it received the request
      return;
    }
    if (!secured) {
      if (inbox.ended) {
        finish(ProbeOutcome.failed(Cause.TLS, "closed during the TLS handshake"));
      }
      return;
    }
    Outbox out = loop.outbox();
    ProbeOutcome outcome = session.receive(inbox, out);
    sendPlain(out);
    if (outcome != null) {
      finish(outcome);
    } else if (inbox.ended) {
      finishReset("closed without a response");
    }
  }

  private void finishReset(String detail) {
    boolean notProcessed = keptBefore && !anythingArrived;
    finish(notProcessed ? ProbeOutcome.RECONNECT : ProbeOutcome.failed(Cause.RESET, detail));
  }

  private void finish(ProbeOutcome outcome) {
    boolean wasInExchange = inExchange;
    boolean listens = session.listens();
    inExchange = false;
    if (!listens) {
      inbox.clear();
    }
    if (!outcome.reusable() || inbox.ended || !mayKeep()) {
      close();
    }
    if (wasInExchange) {
      owner.onOutcome(this, outcome);
    } else if (listens) {
      owner.onUnsolicited(this, outcome);
    }
  }

  private boolean mayKeep() {
    if (!kept) {
      kept = loop.canKeepConnection();
    }
    return kept;
  }

  /** Closes immediately, with a reset: a FIN would leave TIME_WAIT on one side. */
  @Override
  public void close() {
    inExchange = false;
    if (!closed) {
      closed = true;
      if (kept) {
        loop.keepOneLess();
      }
      try {
        if (connected && !session.closesWithFin()) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close(); // also cancels its key
      } catch (IOException e) {
        return; // the connection is unusable either way
      }
    }
  }
}
