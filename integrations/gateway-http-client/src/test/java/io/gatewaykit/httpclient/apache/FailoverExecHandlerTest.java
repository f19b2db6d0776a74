// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.apache;

import io.gatewaykit.httpclient.HttpClientContract;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;

/** Apache HttpClient 5 with attempts on the caller's thread. */
class FailoverExecHandlerTest extends HttpClientContract {
  @Override
  protected Sender sender(HttpFailover failover) {
    CloseableHttpClient client = FailoverExecHandler.addTo(HttpClients.custom(), failover).build();
    var requests = new CopyOnWriteArrayList<HttpUriRequestBase>();
    return new Sender() {
      @Override
      public Reply send(Message message) throws IOException {
        var request = new HttpUriRequestBase(message.method(), java.net.URI.create(message.uri()));
        message.headers().forEach(request::setHeader);
        if (message.body().length > 0) {
          request.setEntity(
              message.repeatable()
                  ? new ByteArrayEntity(message.body(), ContentType.TEXT_PLAIN)
                  : new InputStreamEntity(
                      new ByteArrayInputStream(message.body()),
                      message.body().length,
                      ContentType.TEXT_PLAIN));
        }
        requests.add(request);
        return reply(request, client.executeOpen(null, request, null));
      }

      @Override
      public void cancelAll() {
        requests.forEach(HttpUriRequestBase::cancel);
      }

      @Override
      public void close() throws IOException {
        client.close();
      }
    };
  }

  private static Reply reply(HttpUriRequestBase request, ClassicHttpResponse response) {
    return new Reply() {
      @Override
      public int status() {
        return response.getCode();
      }

      @Override
      public InputStream body() throws IOException {
        return response.getEntity().getContent();
      }

      @Override
      public void close() throws IOException {
        request.cancel();
        try {
          response.close();
        } catch (IOException e) {
          // reads the rest of the body, from the closed connection
        }
      }
    };
  }

  @Override
  protected boolean closesByCancelling() {
    return true; // close() reads the rest
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
