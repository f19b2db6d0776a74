// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.spring.boot.it;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.util.ClassUtils;

/** A running application, on a free port of the loopback address. */
final class Server implements AutoCloseable {
  /** The embedded servers. Both are on the class path, so each test selects one. */
  enum Kind {
    TOMCAT(
        "org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory",
        "org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory"),
    JETTY(
        "org.springframework.boot.jetty.servlet.JettyServletWebServerFactory",
        "org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory");

    private final String factoryInBoot4;
    private final String factoryInBoot3;

    Kind(String factoryInBoot4, String factoryInBoot3) {
      this.factoryInBoot4 = factoryInBoot4;
      this.factoryInBoot3 = factoryInBoot3;
    }

    private Class<?> factory() {
      ClassLoader loader = getClass().getClassLoader();
      return ClassUtils.resolveClassName(
          ClassUtils.isPresent(factoryInBoot4, loader) ? factoryInBoot4 : factoryInBoot3, loader);
    }
  }

  static {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "origin");
  }

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String COMMON =
      """
      server: {address: 127.0.0.1, port: 0, shutdown: immediate}
      spring.security.user: {name: u, password: '{noop}p'}
      management.health.redis.enabled: false
      ---
      """;

  private final ConfigurableApplicationContext context;

  private Server(ConfigurableApplicationContext context) {
    this.context = context;
  }

  /** Starts an application on Tomcat with this application.yaml. */
  static Server start(String yaml, Class<?>... sources) throws IOException {
    return start(Kind.TOMCAT, yaml, sources);
  }

  static Server start(Kind kind, String yaml, Class<?>... sources) throws IOException {
    var application = new SpringApplication(sources);
    application.addInitializers(
        (ApplicationContextInitializer<GenericApplicationContext>)
            context -> context.registerBean(kind.factory()));
    return new Server(run(application, yaml));
  }

  /** Runs an application, which may have no server, with this application.yaml. */
  static ConfigurableApplicationContext run(SpringApplication application, String yaml)
      throws IOException {
    Path folder = Files.createTempDirectory("boot");
    Path file = folder.resolve("application.yaml");
    try {
      Files.writeString(file, COMMON + yaml);
      application.setLogStartupInfo(false);
      application.setRegisterShutdownHook(false);
      application.setDefaultProperties(Map.of("spring.main.banner-mode", "off"));
      return application.run("--spring.config.location=" + file.toUri());
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  ConfigurableApplicationContext context() {
    return context;
  }

  URI uri(String target) {
    return URI.create(
        "http://127.0.0.1:"
            + context.getEnvironment().getRequiredProperty("local.server.port", Integer.class)
            + target);
  }

  HttpResponse<String> get(String target, String... fields) throws Exception {
    return send(request(target, fields));
  }

  HttpResponse<String> post(String target, String type, String body, String... fields)
      throws Exception {
    return send(
        request(target, fields).header("Content-Type", type).POST(BodyPublishers.ofString(body)));
  }

  /** Returns the statuses of requests that are sent one after the other. */
  int[] statuses(int count, String target, String... fields) throws Exception {
    var statuses = new int[count];
    for (int i = 0; i < count; i++) {
      statuses[i] = get(target, fields).statusCode();
    }
    return statuses;
  }

  /** Returns the number of requests with this status among those that are sent. */
  long count(int status, int requests, String target, String... fields) throws Exception {
    return Arrays.stream(statuses(requests, target, fields)).filter(s -> s == status).count();
  }

  private HttpRequest.Builder request(String target, String... fields) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(target));
    return fields.length == 0 ? request : request.headers(fields);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    context.close();
  }
}
