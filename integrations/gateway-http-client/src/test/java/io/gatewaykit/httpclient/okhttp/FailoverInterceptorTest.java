// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.okhttp;

import io.gatewaykit.httpclient.HttpClientContract;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CopyOnWriteArrayList;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** OkHttp with attempts on the caller's thread. */
class FailoverInterceptorTest extends HttpClientContract {
  private static final OkHttpClient CLIENT = new OkHttpClient();

  @Override
  protected Sender sender(HttpFailover failover) {
    OkHttpClient client = FailoverInterceptor.wrap(CLIENT, failover);
    var calls = new CopyOnWriteArrayList<Call>();
    return new Sender() {
      @Override
      public Reply send(Message message) throws IOException {
        Request.Builder request =
            new Request.Builder().url(message.uri()).method(message.method(), body(message));
        message.headers().forEach(request::header);
        Call call = client.newCall(request.build());
        calls.add(call);
        return reply(call.execute());
      }

      @Override
      public void cancelAll() {
        calls.forEach(Call::cancel);
      }
    };
  }

  private static @Nullable RequestBody body(Message message) {
    if (message.method().equals("GET")) {
      return null;
    }
    RequestBody body = RequestBody.create(message.body());
    return message.repeatable() ? body : new OneShot(body);
  }

  /** A body that can be written once. */
  private static final class OneShot extends RequestBody {
    private final RequestBody body;
    private boolean written;

    OneShot(RequestBody body) {
      this.body = body;
    }

    @Override
    public @Nullable MediaType contentType() {
      return null;
    }

    @Override
    public long contentLength() throws IOException {
      return body.contentLength();
    }

    @Override
    public boolean isOneShot() {
      return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      if (written) {
        throw new IllegalStateException("written twice");
      }
      written = true;
      body.writeTo(sink);
    }
  }

  private static Reply reply(Response response) {
    return new Reply() {
      @Override
      public int status() {
        return response.code();
      }

      @Override
      public InputStream body() {
        return response.body().byteStream();
      }

      @Override
      public void close() {
        response.close();
      }
    };
  }

  @Override
  protected boolean cancelsBodies() {
    return true;
  }

  @Override
  protected boolean hedges() {
    return false;
  }

  @Override
  protected boolean interruptible() {
    return false; // a thread that blocks in a socket
  }

  @Override
  protected Class<? extends Exception> timeout() {
    return InterruptedIOException.class;
  }
}
