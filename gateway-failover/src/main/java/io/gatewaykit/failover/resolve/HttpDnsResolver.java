package io.gatewaykit.failover.resolve;

import static java.util.Objects.requireNonNull;

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
 * Asks a name service over HTTP, so that nobody on the way to the usual DNS can answer instead.
 *
 * <p>Services have several addresses. The one that worked last is asked; when it fails or takes too
 * long the next one is, and stays the first to be asked, for everybody. All of them failing is a
 * failure, behind which {@link #orElse another resolver} should stand.
 *
 * <p>Thread-safe. Needs the module {@code java.net.http}, which a program that is itself a module
 * must require. The client given is used and never closed.
 */
public final class HttpDnsResolver implements AddressResolver {
  /** More than any answer needs; what is larger is refused. */
  private static final int MAX_BODY = 64 << 10;

  private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

  private final List<String> services;
  private final HttpClient client;
  private final HttpDnsFormat format;
  private final Map<String, String> headers;
  private final Duration timeout;
  private final AtomicInteger current = new AtomicInteger();

  private HttpDnsResolver(Builder builder) {
    services = builder.services;
    client = builder.client;
    format = builder.format;
    headers = Map.copyOf(builder.headers);
    timeout = builder.timeout;
  }

  /**
   * Returns a builder.
   *
   * @param client with connect timeout, proxy and executor of the caller's choice
   * @param services where to ask, the same service at several addresses; {@code {host}} and {@code
   *     {network}} stand for the name and the network key, as in {@code
   *     https://192.0.2.1/d?host={host}}
   * @throws IllegalArgumentException if there is none, or one is no URI or lacks {@code {host}}
   */
  public static Builder builder(HttpClient client, String... services) {
    return new Builder(client, List.of(services));
  }

  @Override
  public CompletionStage<Resolution> resolve(String host, String network) {
    return ask(host, network, current.get(), 1);
  }

  private CompletableFuture<Resolution> ask(String host, String network, int service, int attempt) {
    return once(host, network, service)
        .exceptionallyCompose(failure -> {
          Throwable cause = Asking.unwrap(failure);
          if (cause instanceof UnknownHostException) {
            return CompletableFuture.failedFuture(cause); // the service works: it said so
          }
          int next = (service + 1) % services.size();
          boolean unused = current.compareAndSet(service, next); // unless another has moved it
          if (attempt == services.size()) {
            return CompletableFuture.failedFuture(cause);
          }
          return ask(host, network, next, attempt + 1)
              .exceptionallyCompose(later -> {
                Throwable last = Asking.unwrap(later);
                if (!last.equals(cause)) {
                  last.addSuppressed(cause);
                }
                return CompletableFuture.failedFuture(last);
              });
        });
  }

  private CompletableFuture<Resolution> once(String host, String network, int service) {
    URI uri = uri(services.get(service), host, network);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout).GET();
    headers.forEach(request::header);
    return client
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
          new IOException(uri.getAuthority() + " answered " + response.statusCode()));
    }
    HttpDnsFormat.Answer answer = format.parse(response.body());
    var addresses = new ArrayList<InetAddress>();
    for (String text : answer.addresses()) {
      InetAddress address = literal(text);
      if (address != null) {
        addresses.add(address);
      }
    }
    if (addresses.isEmpty()) {
      return CompletableFuture.failedFuture(
          new UnknownHostException(host + " is not known to " + uri.getAuthority()));
    }
    Duration ttl = Duration.ofSeconds(answer.ttlSeconds());
    return CompletableFuture.completedFuture(
        new Resolution(host, addresses, ttl, "HTTPDNS " + uri.getAuthority()));
  }

  /** Returns the address if the text is one, so that a bad answer never leads to a look-up. */
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

  /** Collects the settings of an {@link HttpDnsResolver}. Not thread-safe. */
  public static final class Builder {
    private final HttpClient client;
    private final List<String> services;
    private final Map<String, String> headers = new HashMap<>();
    private HttpDnsFormat format = HttpDnsFormat.DNS_JSON;
    private Duration timeout = Duration.ofSeconds(1);

    private Builder(HttpClient client, List<String> services) {
      this.client = requireNonNull(client, "client");
      if (services.isEmpty()) {
        throw new IllegalArgumentException("services: none (expected: at least 1)");
      }
      for (String service : services) {
        if (!service.contains("{host}")) {
          throw new IllegalArgumentException("services: " + service + " (expected: with {host})");
        }
        URI unused = uri(service, "example.org", ANY_NETWORK);
      }
      this.services = services;
    }

    /** Sets how answers are worded. Default: {@link HttpDnsFormat#DNS_JSON}. */
    public Builder format(HttpDnsFormat format) {
      this.format = requireNonNull(format, "format");
      return this;
    }

    /** Adds a header to each question, such as {@code Accept}, or a key. */
    public Builder header(String name, String value) {
      headers.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
      return this;
    }

    /**
     * Sets how long each address of the service may take, more than zero, at most 30 days. Default:
     * 1 second.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder timeout(Duration timeout) {
      this.timeout = Times.check("timeout", timeout);
      return this;
    }

    /** Builds the resolver. */
    public HttpDnsResolver build() {
      return new HttpDnsResolver(this);
    }
  }
}
