// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.grpc;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A gRPC server on loopback with programmable responses, and a channel to it. */
final class TestGrpcServer implements AutoCloseable {
  static final MethodDescriptor<String, String> UNARY = method("unary", MethodType.UNARY);
  static final MethodDescriptor<String, String> STREAM =
      method("stream", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<String, String> COLLECT =
      method("collect", MethodType.CLIENT_STREAMING);

  private final String name;
  private final AtomicInteger calls = new AtomicInteger();
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final Server server;
  private final ManagedChannel channel;
  private volatile @Nullable Status failure;
  private volatile @Nullable String pushback;
  private volatile boolean stalls;

  private TestGrpcServer(String name) throws IOException {
    this.name = name;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("test")
                    .addMethod(UNARY, ServerCalls.asyncUnaryCall(this::unary))
                    .addMethod(STREAM, ServerCalls.asyncServerStreamingCall(this::stream))
                    .addMethod(COLLECT, ServerCalls.asyncClientStreamingCall(this::collect))
                    .build())
            .build()
            .start();
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
            .usePlaintext()
            .disableRetry()
            .build();
  }

  static TestGrpcServer start(String name) throws IOException {
    return new TestGrpcServer(name);
  }

  ManagedChannel channel() {
    return channel;
  }

  int calls() {
    return calls.get();
  }

  void fails(Status status, @Nullable String retryPushback) {
    failure = status;
    pushback = retryPushback;
  }

  void stalls() {
    stalls = true;
  }

  boolean wasCancelled() throws InterruptedException {
    return cancelled.await(10, TimeUnit.SECONDS);
  }

  private void unary(String request, StreamObserver<String> response) {
    calls.incrementAndGet();
    Status status = failure;
    if (status != null) {
      var trailers = new Metadata();
      if (pushback != null) {
        trailers.put(
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), pushback);
      }
      response.onError(status.asRuntimeException(trailers));
    } else if (stalls) {
      ((ServerCallStreamObserver<String>) response).setOnCancelHandler(cancelled::countDown);
    } else {
      response.onNext(name + " " + request);
      response.onCompleted();
    }
  }

  private void stream(String request, StreamObserver<String> response) {
    for (int i = 1; i <= 3; i++) {
      response.onNext(name + " " + i);
    }
    response.onCompleted();
  }

  private StreamObserver<String> collect(StreamObserver<String> response) {
    var all = new StringBuilder(name).append(' ');
    return new StreamObserver<>() {
      @Override
      public void onNext(String value) {
        all.append(value);
      }

      @Override
      public void onError(Throwable error) {}

      @Override
      public void onCompleted() {
        response.onNext(all.toString());
        response.onCompleted();
      }
    };
  }

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(new Text(), new Text())
        .setType(type)
        .setFullMethodName("test/" + name)
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      boolean unused = server.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes the channel, too. */
  void closeAll() {
    close();
    channel.shutdownNow();
  }
}
