package io.gatewaykit.healthcheck;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One probe under way: connect, send, read a status line. Lives on the engine's thread. */
final class ProbeAttempt {
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: [^\\r\\n]*)?\\r?\\n.*", Pattern.DOTALL);
  private static final int MAX_STATUS_LINE = 1_024;

  private final Target target;
  private final Probe probe;
  private final long start;
  private final Consumer<ProbeResult> whenDone;
  private final ByteBuffer answer = ByteBuffer.allocate(MAX_STATUS_LINE);
  private @Nullable SocketChannel channel;
  private @Nullable ByteBuffer request;
  private boolean done;

  ProbeAttempt(Target target, Probe probe, long start, Consumer<ProbeResult> whenDone) {
    this.target = target;
    this.probe = probe;
    this.start = start;
    this.whenDone = whenDone;
  }

  boolean isDone() {
    return done;
  }

  void begin(Selector selector, long now) {
    try {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      if (channel.connect(target.address())) {
        connected(channel.register(selector, 0, this), now);
      } else {
        channel.register(selector, SelectionKey.OP_CONNECT, this);
      }
    } catch (IOException e) {
      end(Report.TCP_FAILURE, 0, now, "cannot connect: " + e.getMessage());
    }
  }

  void ready(SelectionKey key, long now) {
    SocketChannel open = channel;
    if (done || open == null) {
      return;
    }
    try {
      if (key.isConnectable()) {
        open.finishConnect();
        connected(key, now);
      } else if (key.isWritable()) {
        write(key, open);
      } else if (key.isReadable()) {
        read(open, now);
      }
    } catch (IOException e) {
      String what = open.isConnected() ? "connection broke: " : "cannot connect: ";
      end(Report.TCP_FAILURE, 0, now, what + e.getMessage());
    }
  }

  private void connected(SelectionKey key, long now) throws IOException {
    byte[] bytes = probe.request(target.address());
    if (bytes == null) {
      end(Report.SUCCESS, 0, now, "connected");
      return;
    }
    request = ByteBuffer.wrap(bytes);
    key.interestOps(SelectionKey.OP_WRITE);
    if (channel != null) {
      write(key, channel);
    }
  }

  private void write(SelectionKey key, SocketChannel open) throws IOException {
    ByteBuffer left = request;
    if (left != null) {
      open.write(left);
      if (!left.hasRemaining()) {
        key.interestOps(SelectionKey.OP_READ);
      }
    }
  }

  private void read(SocketChannel open, long now) throws IOException {
    int count = open.read(answer);
    String text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
    if (text.indexOf('\n') >= 0) {
      Matcher line = STATUS_LINE.matcher(text);
      if (line.matches()) {
        status(Integer.parseInt(line.group(1)), now);
      } else {
        end(Report.HTTP_FAILURE, 0, now, "answered what is not HTTP/1.x");
      }
    } else if (count < 0) {
      end(Report.TCP_FAILURE, 0, now, "closed without an answer");
    } else if (!answer.hasRemaining()) {
      end(Report.HTTP_FAILURE, 0, now, "answered what is not HTTP/1.x");
    }
  }

  private void status(int status, long now) {
    boolean good = probe.isGood(status);
    end(good ? Report.SUCCESS : Report.HTTP_FAILURE, status, now, "status " + status);
  }

  void timedOut(long now) {
    end(Report.TIMEOUT, 0, now, "no answer in time");
  }

  /** Ends it without a result. */
  void cancel() {
    done = true;
    closeChannel();
  }

  private void end(Report report, int status, long now, String detail) {
    if (!done) {
      done = true;
      closeChannel();
      whenDone.accept(new ProbeResult(report, status, now - start, detail));
    }
  }

  private void closeChannel() {
    try {
      if (channel != null) {
        channel.close(); // also cancels its key
      }
    } catch (IOException e) {
      return; // it is of no more use either way
    }
  }
}
