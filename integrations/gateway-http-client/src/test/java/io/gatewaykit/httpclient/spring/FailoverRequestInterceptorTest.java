// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.httpclient.spring;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.httpclient.HttpClientContract;
import io.gatewaykit.httpclient.HttpFailover;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/** Spring's RestClient with attempts on the caller's thread. */
class FailoverRequestInterceptorTest extends HttpClientContract {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @Override
  protected Sender sender(HttpFailover failover) {
    RestClient client =
        RestClient.builder()
            .requestFactory(new JdkClientHttpRequestFactory(CLIENT))
            .requestInterceptor(FailoverRequestInterceptor.of(failover))
            .build();
    return message -> {
      RestClient.RequestBodySpec request =
          client.method(HttpMethod.valueOf(message.method())).uri(URI.create(message.uri()));
      message.headers().forEach(request::header);
      if (message.body().length > 0) {
        request.body(message.body());
      }
      return requireNonNull(request.exchange((sent, response) -> reply(response), false));
    };
  }

  private static Reply reply(ClientHttpResponse response) throws IOException {
    HttpStatusCode status = response.getStatusCode();
    return new Reply() {
      @Override
      public int status() {
        return status.value();
      }

      @Override
      public InputStream body() throws IOException {
        return response.getBody();
      }

      @Override
      public void close() throws IOException {
        response.getBody().close(); // otherwise close() reads the rest
        response.close();
      }
    };
  }

  @Override
  protected boolean sendsOnce() {
    return false; // Spring buffers the body for interceptors
  }

  @Override
  protected boolean cancellable() {
    return false;
  }

  @Override
  protected boolean hedges() {
    return false;
  }

  @Override
  protected Class<? extends Exception> timeout() {
    return SocketTimeoutException.class;
  }
}
