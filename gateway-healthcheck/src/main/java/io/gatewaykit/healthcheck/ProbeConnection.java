package io.gatewaykit.healthcheck;

import io.gatewaykit.healthcheck.Session.Ending;
import io.gatewaykit.healthcheck.Session.Inbox;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a target, kept from probe to probe where the protocol lets it. Lives on the
 * engine's thread.
 */
@SuppressWarnings("ReferenceEquality") // the engine's read buffer is known by identity
final class ProbeConnection {
  /** Learns how a probe ended. */
  interface Owner {
    void ended(ProbeConnection connection, Ending ending);
  }

  private static final byte[] NOTHING = new byte[0];

  private final ProbeEngine engine;
  private final Owner owner;
  private final Session session;
  private final @Nullable TlsLayer tls;
  private final Inbox inbox = new Inbox();
  private final SocketChannel channel;
  private final SelectionKey key;
  private @Nullable ByteBuffer unsent;
  private boolean asking;
  private boolean connected;
  private boolean secured;
  private boolean tasksRunning;
  private boolean keptBefore;
  private boolean anythingArrived;
  private boolean closed;

  /** Begins to connect, and asks as soon as that is done. */
  ProbeConnection(ProbeEngine engine, InetSocketAddress address, Probe probe, Owner owner)
      throws IOException {
    this.engine = engine;
    this.owner = owner;
    session = probe.session(address);
    ProbeTls secure = probe.tls();
    tls = secure == null ? null : new TlsLayer(secure.engine(address, probe.alpn()));
    channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      asking = true;
      key = channel.register(engine.selector(), SelectionKey.OP_CONNECT, this);
      if (channel.connect(address)) {
        engine.execute(this::readyAtOnce); // not from here: the owner does not know us yet
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void readyAtOnce() {
    if (!closed) {
      guarded(this::onConnected);
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (SSLException e) {
      finish(Ending.failed(Report.TCP_FAILURE, "TLS: " + e.getMessage()));
    } catch (IOException e) {
      broken((connected ? "connection broke: " : "cannot connect: ") + e.getMessage());
    }
  }

  boolean isOpen() {
    return !closed;
  }

  @Nullable Instant certificateExpiry() {
    return tls == null || !secured ? null : tls.certificateExpiry();
  }

  /** Asks again, on a connection that has been kept. */
  void askAgain() {
    asking = true;
    keptBefore = true;
    anythingArrived = false;
    guarded(this::ask);
  }

  void ready() {
    if (!closed) {
      guarded(() -> {
        if (key.isConnectable()) {
          channel.finishConnect();
          onConnected();
        } else {
          if (key.isWritable()) {
            flush();
          }
          if (!closed && key.isReadable()) {
            read();
          }
        }
      });
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
    var out = new ByteArrayOutputStream(256);
    session.begin(out);
    sendPlain(out.toByteArray());
    consider();
  }

  private void sendPlain(byte[] plain) throws IOException {
    if (plain.length == 0) {
      return;
    }
    if (tls == null) {
      send(plain);
    } else {
      var out = new ByteArrayOutputStream(512);
      tls.encrypt(plain, out);
      send(out.toByteArray());
    }
  }

  private void send(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    ByteBuffer before = unsent;
    if (before == null) {
      unsent = ByteBuffer.wrap(bytes);
    } else {
      unsent = ByteBuffer.allocate(before.remaining() + bytes.length).put(before).put(bytes).flip();
    }
    flush();
  }

  private void flush() throws IOException {
    ByteBuffer left = unsent;
    if (left != null) {
      channel.write(left);
      boolean all = !left.hasRemaining();
      unsent = all ? null : left;
      int ops = all ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
      if (key.interestOps() != ops) {
        key.interestOps(ops);
      }
    }
  }

  private void read() throws IOException {
    byte[] shared = engine.readBuffer();
    int count = channel.read(ByteBuffer.wrap(shared));
    if (!asking) {
      close(); // the other side left, or speaks unasked: nothing to keep
      return;
    }
    if (count < 0) {
      inbox.ended = true;
    } else if (count > 0) {
      anythingArrived = true;
      if (tls != null) {
        tls.arrived(shared, count);
      } else if (inbox.available() == 0) {
        lend(shared, count);
        return;
      } else {
        TlsLayer.append(inbox, shared, count);
      }
    }
    if (tls != null && !inbox.ended) {
      advanceTls();
    } else {
      consider();
    }
  }

  /** Most answers are whole in one read: those are judged in the engine's buffer, uncopied. */
  private void lend(byte[] bytes, int count) throws IOException {
    inbox.bytes = bytes;
    inbox.from = 0;
    inbox.to = count;
    consider();
    if (inbox.bytes == bytes) {
      int from = inbox.from;
      int left = inbox.available();
      inbox.bytes = left == 0 ? NOTHING : Arrays.copyOfRange(bytes, from, from + left);
      inbox.from = 0;
      inbox.to = left;
    }
  }

  private void advanceTls() throws IOException {
    TlsLayer layer = tls;
    if (layer == null || tasksRunning) {
      return;
    }
    var out = new ByteArrayOutputStream(512);
    TlsLayer.Need need = layer.advance(inbox, out);
    send(out.toByteArray());
    if (need == TlsLayer.Need.TASKS) {
      tasksRunning = true;
      engine.offload(layer::runTasks, this::tasksDone);
      return;
    }
    inbox.ended |= need == TlsLayer.Need.CLOSED;
    if (!secured && layer.isSecured()) {
      secured = true;
      ask();
    } else if (secured || inbox.ended) {
      consider();
    }
  }

  private void tasksDone() {
    tasksRunning = false;
    if (!closed) {
      guarded(this::advanceTls);
    }
  }

  private void consider() throws IOException {
    if (!asking || closed) {
      return;
    }
    if (inbox.ended && !anythingArrived && keptBefore) {
      finish(Ending.ASK_AGAIN); // it had closed before it saw the question
      return;
    }
    if (!secured) {
      finish(Ending.failed(Report.TCP_FAILURE, "closed within the TLS handshake"));
      return;
    }
    var out = new ByteArrayOutputStream(0);
    Ending ending = session.receive(inbox, out);
    sendPlain(out.toByteArray());
    if (ending != null) {
      finish(ending);
    } else if (inbox.ended) {
      broken("closed without an answer");
    }
  }

  private void broken(String detail) {
    boolean unseen = keptBefore && !anythingArrived;
    finish(unseen ? Ending.ASK_AGAIN : Ending.failed(Report.TCP_FAILURE, detail));
  }

  private void finish(Ending ending) {
    if (asking) {
      asking = false;
      inbox.bytes = NOTHING;
      inbox.from = 0;
      inbox.to = 0;
      if (!ending.reusable() || inbox.ended) {
        close();
      }
      owner.ended(this, ending);
    } else {
      close();
    }
  }

  /** Closes at once: reset, not finished, so that probes leave no TIME_WAIT on either side. */
  void close() {
    asking = false;
    if (!closed) {
      closed = true;
      try {
        if (connected) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        channel.close(); // also cancels its key
      } catch (IOException e) {
        return; // it is of no more use either way
      }
    }
  }
}
