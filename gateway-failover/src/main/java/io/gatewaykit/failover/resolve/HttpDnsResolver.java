// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.internal.Arguments;
import io.gatewaykit.api.internal.AsyncCalls;
import io.gatewaykit.api.upstream.AddressResolver;
import io.gatewaykit.api.upstream.Resolution;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Resolves names by querying a name service over HTTP, which protects the responses from tampering
 * by resolvers and middleboxes on the path of regular DNS.
 *
 * <p>A service has several addresses. The resolver queries the one that worked last; when it fails
 * or times out, the next one is queried, and remains the first choice for all callers. If all of
 * them fail, the lookup fails; add {@link #orElse another resolver} as a fallback.
 *
 * <p>Thread-safe. Requires the module {@code java.net.http}, which an application that is itself a
 * module must declare. The given client is never closed.
 */
public final class HttpDnsResolver implements AddressResolver {
  private static final Duration MAX_TIME = Duration.ofDays(30);

  /** Far beyond any valid response; larger ones are rejected. */
  private static final int MAX_BODY = 64 << 10;

  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

  private final Settings settings;
  private final AtomicInteger current = new AtomicInteger();

  private record Settings(
      HttpClient client,
      List<String> services,
      HttpDnsFormat format,
      Map<String, String> headers,
      Duration timeout) {}

  private HttpDnsResolver(Settings settings) {
    this.settings = settings;
  }

  /**
   * Returns a new builder.
   *
   * @param client the client, with the caller's choice of connect timeout, proxy and executor
   * @param services URI templates for the addresses of one service; {@code {host}} and {@code
   *     {network}} are replaced by the name and the network key, as in {@code
   *     https://192.0.2.1/d?host={host}}
   * @throws IllegalArgumentException if the list is empty, or one is not a URI or lacks {@code
   *     {host}}
   */
  public static Builder builder(HttpClient client, String... services) {
    return new Builder(client, List.of(services));
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    return query(host, network, current.get(), 1);
  }

  private CompletableFuture<Resolution> query(
      String host, String network, int service, int attempt) {
    return queryOnce(host, network, service)
        .exceptionallyCompose(failure -> {
          Throwable cause = AsyncCalls.cause(failure);
          if (cause instanceof UnknownHostException) {
            // the service works: its response is authoritative
            return CompletableFuture.failedFuture(cause);
          }
          int next = (service + 1) % settings.services().size();
          // unless another thread has moved it
          boolean unused = current.compareAndSet(service, next);
          if (attempt == settings.services().size()) {
            return CompletableFuture.failedFuture(cause);
          }
          return query(host, network, next, attempt + 1)
              .exceptionallyCompose(later -> {
                Throwable last = AsyncCalls.cause(later);
                if (!last.equals(cause)) {
                  last.addSuppressed(cause);
                }
                return CompletableFuture.failedFuture(last);
              });
        });
  }

  private CompletableFuture<Resolution> queryOnce(String host, String network, int service) {
    URI uri = uri(settings.services().get(service), host, network);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(settings.timeout()).GET();
    settings.headers().forEach(request::header);
    return settings
        .client()
        .sendAsync(request.build(), BoundedBody.handler(MAX_BODY))
        .thenCompose(response -> resolution(host, uri, response));
  }

  private static URI uri(String template, String host, String network) {
    return URI.create(
        template
            .replace("{host}", URLEncoder.encode(host, StandardCharsets.UTF_8))
            .replace("{network}", URLEncoder.encode(network, StandardCharsets.UTF_8)));
  }

  private CompletableFuture<Resolution> resolution(
      String host, URI uri, HttpResponse<String> response) {
    if (response.statusCode() != 200) {
      return CompletableFuture.failedFuture(
          new IOException(uri.getAuthority() + " returned status " + response.statusCode()));
    }
    if (response.body().stripLeading().startsWith("<")) {
      // the login page of a captive portal, not a response that the name does not exist
      return CompletableFuture.failedFuture(
          new IOException(uri.getAuthority() + " returned a markup document"));
    }
    HttpDnsFormat.Parsed parsed = settings.format().parse(response.body());
    var addresses = new ArrayList<InetAddress>();
    for (String text : parsed.addresses()) {
      InetAddress address = literal(text);
      if (address != null) {
        addresses.add(address);
      }
    }
    if (addresses.isEmpty()) {
      return CompletableFuture.failedFuture(
          new UnknownHostException(host + " is unknown to " + uri.getAuthority()));
    }
    Duration ttl = Duration.ofSeconds(parsed.ttlSeconds());
    return CompletableFuture.completedFuture(
        new Resolution(host, addresses, ttl, "HTTPDNS " + uri.getAuthority()));
  }

  /** Returns the address if the text is a literal, so that a bad response never causes a lookup. */
  private static @Nullable InetAddress literal(String text) {
    boolean numeric = !text.isEmpty() && text.length() <= 45;
    for (int i = 0; i < text.length() && numeric; i++) {
      char c = text.charAt(i);
      numeric = c == '.' || c == ':' || Character.digit(c, 16) >= 0 && c < 128;
    }
    if (!numeric || text.indexOf(':') < 0 && !IPV4.matcher(text).matches()) {
      return null;
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /**
   * Collects the settings. Each is set at most once; setting it again throws {@link
   * IllegalStateException}. Not thread-safe.
   */
  public static final class Builder {
    private final HttpClient client;
    private final List<String> services;
    private final Map<String, String> headers = new HashMap<>();
    private @Nullable HttpDnsFormat format;
    private @Nullable Duration timeout;

    private Builder(HttpClient client, List<String> services) {
      this.client = requireNonNull(client, "client");
      if (services.isEmpty()) {
        throw Arguments.outside("services", "none", "at least 1");
      }
      for (String service : services) {
        if (!service.contains("{host}")) {
          throw Arguments.outside("services", service, "with {host}");
        }
        URI unused = uri(service, "example.org", ANY_NETWORK);
      }
      this.services = services;
    }

    /** Sets the response format. Default: {@link HttpDnsFormat#DNS_JSON}. */
    public Builder format(HttpDnsFormat format) {
      this.format = Arguments.once("format", this.format, format);
      return this;
    }

    /** Adds a header to each request, each name once, such as {@code Accept} or an API key. */
    public Builder header(String name, String value) {
      requireNonNull(value, "value");
      if (headers.putIfAbsent(requireNonNull(name, "name"), value) != null) {
        // without the values: one may be an API key
        throw new IllegalStateException("header: " + name + " (expected: each name set once)");
      }
      return this;
    }

    /**
     * Sets the timeout per address of the service, more than zero and at most 30 days. Default: 1
     * second.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder timeout(Duration timeout) {
      Duration checked = Arguments.positive("timeout", timeout, MAX_TIME);
      this.timeout = Arguments.once("timeout", this.timeout, checked);
      return this;
    }

    /** Builds the resolver. */
    public HttpDnsResolver build() {
      return new HttpDnsResolver(
          new Settings(
              client,
              services,
              format == null ? HttpDnsFormat.DNS_JSON : format,
              Map.copyOf(headers),
              timeout == null ? Duration.ofSeconds(1) : timeout));
    }
  }
}
