// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.clients;

import static java.util.Objects.requireNonNull;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.netty.channel.ChannelOption;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Clients as an application calls them, with a connect time-out and a read time-out. */
@SuppressWarnings("ImmutableEnumChecker") // the clients are used as constants
enum Client {
  JAVA_NET_HTTP {
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Times.CONNECT).build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception {
      return client.send(request(uri), HttpResponse.BodyHandlers.ofString()).body();
    }
  },
  JAVA_NET_HTTP_ASYNC {
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Times.CONNECT).build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) {
      var response = client.sendAsync(request(uri), HttpResponse.BodyHandlers.ofString());
      cancel.set(() -> response.cancel(true));
      return response.join().body();
    }
  },
  OKHTTP {
    private final OkHttpClient client =
        new OkHttpClient.Builder().connectTimeout(Times.CONNECT).readTimeout(Times.READ).build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception {
      return okhttp(client, uri, cancel);
    }
  },
  OKHTTP_CALL_TIMEOUT {
    private final OkHttpClient client =
        new OkHttpClient.Builder().connectTimeout(Times.CONNECT).callTimeout(Times.READ).build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception {
      return okhttp(client, uri, cancel);
    }
  },
  APACHE_HC5 {
    private final CloseableHttpClient client =
        HttpClients.custom()
            .disableAutomaticRetries()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Times.CONNECT.toMillis(), TimeUnit.MILLISECONDS)
                            .setSocketTimeout((int) Times.READ.toMillis(), TimeUnit.MILLISECONDS)
                            .build())
                    .build())
            .build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception {
      var post = new HttpPost(uri);
      post.setEntity(new StringEntity("x"));
      cancel.set(post::cancel);
      return client.execute(post, response -> EntityUtils.toString(response.getEntity()));
    }
  },
  SPRING_REST_CLIENT {
    private final RestClient client = RestClient.builder().requestFactory(jdkFactory()).build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) {
      return String.valueOf(client.post().uri(uri).body("x").retrieve().body(String.class));
    }
  },
  SPRING_WEB_CLIENT {
    private final WebClient client =
        WebClient.builder()
            .clientConnector(
                new ReactorClientHttpConnector(
                    reactor.netty.http.client.HttpClient.create()
                        .disableRetry(true)
                        .option(
                            ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Times.CONNECT.toMillis())
                        .responseTimeout(Times.READ)))
            .build();

    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) {
      return String.valueOf(
          client.post().uri(uri).bodyValue("x").retrieve().bodyToMono(String.class).block());
    }
  },
  GRPC {
    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) {
      var builder = NettyChannelBuilder.forAddress(uri.getHost(), uri.getPort());
      builder.withOption(
          io.grpc.netty.shaded.io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS,
          (int) Times.CONNECT.toMillis());
      ManagedChannel channel =
          uri.getScheme().equals("https") ? builder.build() : builder.usePlaintext().build();
      // the deadline includes the connection, whose TLS handshake fails slowly on a busy machine
      Duration deadline = uri.getScheme().equals("https") ? Duration.ofSeconds(20) : Times.READ;
      try {
        return ClientCalls.blockingUnaryCall(
            channel,
            MethodDescriptor.newBuilder(BYTES, BYTES)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("test/call")
                .build(),
            CallOptions.DEFAULT.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS),
            new byte[1]);
      } finally {
        channel.shutdownNow();
      }
    }
  },
  PGJDBC {
    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception {
      var settings = new Properties();
      settings.put("user", "u");
      settings.put("connectTimeout", "1");
      settings.put("socketTimeout", "1");
      settings.put("sslmode", uri.getScheme().equals("https") ? "verify-full" : "disable");
      settings.put("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
      String address = uri.getHost() + ":" + uri.getPort();
      try (Connection connection =
          DriverManager.getConnection("jdbc:postgresql://" + address + "/x", settings)) {
        return connection.getCatalog();
      }
    }
  },
  LETTUCE {
    @Override
    Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) {
      RedisClient client =
          RedisClient.create(
              RedisURI.builder()
                  .withHost(uri.getHost())
                  .withPort(uri.getPort())
                  .withSsl(uri.getScheme().equals("https"))
                  .withTimeout(Times.READ)
                  .build());
      client.setOptions(
          ClientOptions.builder()
              .socketOptions(SocketOptions.builder().connectTimeout(Times.CONNECT).build())
              .build());
      try {
        return client.connect().sync().ping();
      } finally {
        client.shutdown(0, 0, TimeUnit.MILLISECONDS);
      }
    }
  };

  /** Values that the constants above need while they are created. */
  private static final class Times {
    static final Duration CONNECT = Duration.ofMillis(400);
    static final Duration READ = Duration.ofMillis(900);
  }

  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  /** Sends a POST or the equivalent; sets {@code cancel} if the client can cancel a call. */
  abstract Object call(URI uri, AtomicReference<@Nullable Runnable> cancel) throws Exception;

  private static HttpRequest request(URI uri) {
    return HttpRequest.newBuilder(uri)
        .timeout(Times.READ)
        .POST(HttpRequest.BodyPublishers.ofString("x"))
        .build();
  }

  private static JdkClientHttpRequestFactory jdkFactory() {
    var factory =
        new JdkClientHttpRequestFactory(
            HttpClient.newBuilder().connectTimeout(Times.CONNECT).build());
    factory.setReadTimeout(Times.READ);
    return factory;
  }

  private static Object okhttp(
      OkHttpClient client, URI uri, AtomicReference<@Nullable Runnable> cancel) throws IOException {
    var request =
        new Request.Builder()
            .url(uri.toString())
            .post(RequestBody.create(new byte[] {'x'}))
            .build();
    Call call = client.newCall(request);
    cancel.set(call::cancel);
    try (Response response = call.execute()) {
      return String.valueOf(requireNonNull(response.body()).string());
    }
  }
}
