package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.ProbeResult.Cause;
import io.gatewaykit.healthcheck.internal.wire.Ending;
import io.gatewaykit.healthcheck.internal.wire.Inbox;
import io.gatewaykit.healthcheck.internal.wire.Outbox;
import io.gatewaykit.healthcheck.internal.wire.Session;
import io.gatewaykit.healthcheck.internal.wire.TlsLayer;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a target, secured or not. Lives on the engine's thread. */
final class ProbeConnection implements Transport.Connection {
  /** Whoever sends an answer in more pieces sends it to keep us busy. */
  private static final int MOST_READS = 4_096;

  private final ProbeEngine engine;
  private final Transport.Owner owner;
  private final Session session;
  private final @Nullable TlsLayer tls;
  private final Inbox inbox = new Inbox();
  private final SocketChannel channel;
  private final SelectionKey key;
  private @Nullable ByteBuffer unsent;
  private int reads;
  private boolean asking;
  private boolean connected;
  private boolean secured;
  private boolean tasksRunning;
  private boolean keptBefore;
  private boolean anythingArrived;
  private boolean kept;
  private boolean closed;

  ProbeConnection(ProbeEngine engine, Target target, Probe probe, Transport.Owner owner)
      throws IOException {
    this.engine = engine;
    this.owner = owner;
    session = probe.session(target);
    ProbeTls secure = probe.tls();
    tls = secure == null ? null : new TlsLayer(secure.engine(target, probe.alpn()));
    channel = SocketChannel.open(family(target.probeAddress().getAddress()));
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      asking = true;
      key = channel.register(engine.selector(), SelectionKey.OP_CONNECT, this);
      if (channel.connect(target.probeAddress())) {
        engine.execute(this::readyAtOnce); // not from here: the owner does not know us yet
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** IPv4 by a socket of its own family: one of both maps each address, and costs a call more. */
  private static ProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  private void readyAtOnce() {
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
      finish(Ending.failed(Cause.TLS, "TLS: " + e.getMessage()));
    } else if (!connected) {
      finish(Ending.failed(Cause.CONNECT, "cannot connect: " + e.getMessage()));
    } else if (tls != null && !secured) {
      finish(Ending.failed(Cause.TLS, "broke within the TLS handshake: " + e.getMessage()));
    } else {
      broken("connection broke: " + e.getMessage());
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
  public void askAgain() {
    asking = true;
    keptBefore = true;
    anythingArrived = false;
    try {
      ask();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Called when the selector has found something to do. */
  void ready() {
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
      ask();
    } else {
      advanceTls();
    }
  }

  private void ask() throws IOException {
    reads = 0;
    Outbox out = engine.outbox();
    session.begin(out);
    boolean nothingToSay = out.size() == 0;
    sendPlain(out);
    if (nothingToSay || inbox.available() > 0) {
      consider();
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
      Outbox cipher = engine.outbox();
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
      ByteBuffer lent = engine.sendBuffer(bytes, length);
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
    int count = channel.read(engine.readBuffer());
    byte[] shared = engine.readBytes();
    boolean mayHear = asking || session.listens() || tls != null;
    if (!mayHear) {
      close(); // the other side left, or speaks unasked: nothing to keep
      return;
    }
    if (count < 0) {
      inbox.ended = true;
    } else if (count > 0) {
      if (++reads > MOST_READS) {
        finish(Ending.failed(Cause.PROTOCOL, "answered in too many pieces"));
        return;
      }
      if (tls != null) {
        tls.arrived(shared, count);
      } else if (inbox.available() == 0) {
        anythingArrived = true;
        // Most answers are whole in one read: those are judged in the engine's buffer, uncopied.
        inbox.lend(shared, count);
        consider();
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
      consider();
    }
  }

  private void advanceTls() throws IOException {
    TlsLayer layer = tls;
    if (layer == null || tasksRunning) {
      return;
    }
    Outbox out = engine.outbox();
    TlsLayer.Need need;
    try {
      need = layer.advance(inbox, out);
    } finally {
      send(out.array(), out.size()); // also the alert that says what we did not like
    }
    if (need == TlsLayer.Need.TASKS) {
      tasksRunning = true;
      engine.offload(layer::runTasks, this::tasksDone);
      return;
    }
    inbox.ended |= need == TlsLayer.Need.CLOSED;
    if (!secured && layer.isSecured()) {
      secured = true;
      ask();
    }
    if (!closed && (inbox.available() > 0 || inbox.ended)) {
      consider();
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

  private void consider() throws IOException {
    if (closed) {
      return;
    }
    if (!asking && !session.listens()) {
      close();
      return;
    }
    if (inbox.ended && !anythingArrived && keptBefore) {
      finish(Ending.ASK_AGAIN); // it had closed before it saw the question
      return;
    }
    if (!secured) {
      if (inbox.ended) {
        finish(Ending.failed(Cause.TLS, "closed within the TLS handshake"));
      }
      return;
    }
    Outbox out = engine.outbox();
    Ending ending = session.receive(inbox, out);
    sendPlain(out);
    if (ending != null) {
      finish(ending);
    } else if (inbox.ended) {
      broken("closed without an answer");
    }
  }

  private void broken(String detail) {
    boolean unseen = keptBefore && !anythingArrived;
    finish(unseen ? Ending.ASK_AGAIN : Ending.failed(Cause.RESET, detail));
  }

  private void finish(Ending ending) {
    boolean asked = asking;
    boolean listens = session.listens();
    asking = false;
    if (!listens) {
      inbox.clear();
    }
    if (!ending.reusable() || inbox.ended || !mayKeep()) {
      close();
    }
    if (asked) {
      owner.ended(this, ending);
    } else if (listens) {
      owner.told(this, ending);
    }
  }

  private boolean mayKeep() {
    if (!kept) {
      kept = engine.keepOneMore();
    }
    return kept;
  }

  /** Closes at once: reset, not finished, so that probes leave no TIME_WAIT on either side. */
  @Override
  public void close() {
    asking = false;
    if (!closed) {
      closed = true;
      if (kept) {
        engine.keepOneLess();
      }
      try {
        if (connected && !session.closesPolitely()) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close(); // also cancels its key
      } catch (IOException e) {
        return; // it is of no more use either way
      }
    }
  }

  /** Whether a failure to connect is ours: no descriptors, no ports, no memory. */
  static boolean isLocal(IOException e) {
    String message = String.valueOf(e.getMessage());
    return e instanceof BindException
        || message.contains("Too many open files")
        || message.contains("No buffer space");
  }
}
