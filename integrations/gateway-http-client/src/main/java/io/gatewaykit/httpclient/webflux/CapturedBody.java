// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.webflux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The body of a request, which is captured while the first attempt sends it, and sent again from
 * the copy. A publisher may produce its elements only once, so it is never subscribed to twice.
 * Thread-safe.
 */
final class CapturedBody implements BodyInserter<Object, ClientHttpRequest> {
  private final BodyInserter<?, ? super ClientHttpRequest> body;
  private final int max;
  private final Listener listener;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile @Nullable Copy copy;

  CapturedBody(BodyInserter<?, ? super ClientHttpRequest> body, int max, Listener listener) {
    this.body = body;
    this.max = max;
    this.listener = listener;
  }

  /** Called when a change affects whether the body can be sent again. */
  interface Listener {
    void onRepeatable(boolean repeatable);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Copy(HttpHeaders headers, byte[] bytes) {}

  @Override
  public Mono<Void> insert(ClientHttpRequest request, Context context) {
    Copy complete = copy;
    if (complete != null) {
      complete.headers.forEach((name, values) -> request.getHeaders().addAll(name, values));
      return request.writeWith(
          Mono.fromSupplier(() -> request.bufferFactory().wrap(complete.bytes)));
    }
    return body.insert(new Capture(request), context);
  }

  private final class Capture extends ClientHttpRequestDecorator {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLarge;

    Capture(ClientHttpRequest request) {
      super(request);
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> content) {
      var headers = new HttpHeaders();
      for (String name : new String[] {HttpHeaders.CONTENT_TYPE, HttpHeaders.CONTENT_LENGTH}) {
        String value = getHeaders().getFirst(name);
        if (value != null) {
          headers.set(name, value);
        }
      }
      return super.writeWith(
          once(Flux.<DataBuffer>from(content))
              .doOnNext(this::add)
              .doOnComplete(() -> complete(headers)));
    }

    @Override
    public Mono<Void> writeAndFlushWith(
        Publisher<? extends Publisher<? extends DataBuffer>> content) {
      return super.writeAndFlushWith(
          once(Flux.<Publisher<? extends DataBuffer>>from(content))); // a stream of events
    }

    private <T> Flux<T> once(Flux<T> content) {
      return Flux.defer(() -> {
        if (!started.compareAndSet(false, true)) {
          return Flux.error(new IOException("the body of the request can be sent only once"));
        }
        listener.onRepeatable(false);
        return content;
      });
    }

    private void add(DataBuffer buffer) {
      int length = buffer.readableByteCount();
      tooLarge |= bytes.size() + length > max;
      if (!tooLarge) {
        ByteBuffer target = ByteBuffer.allocate(length);
        buffer.toByteBuffer(target);
        bytes.write(target.array(), 0, length);
      }
    }

    private void complete(HttpHeaders headers) {
      if (!tooLarge) {
        copy = new Copy(headers, bytes.toByteArray());
        listener.onRepeatable(true);
      }
    }
  }
}
