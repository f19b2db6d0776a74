// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.tck.RawClient;
import io.gatewaykit.api.tck.RawResponse;
import io.gatewaykit.api.tck.RecordingGuard;
import io.gatewaykit.api.tck.TckServer;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The application reads the same body with and without guards that inspect it. */
@Timeout(60)
class ReplayTest {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String PARTS = "multipart/form-data; boundary=\"b=1\"";

  @TempDir private Path directory;
  private volatile GuardChain chain = GuardChain.empty();

  private TckServer start(Container container) throws Exception {
    var limits = new MultipartConfigElement(directory.toString(), 1 << 20, 1 << 20, 100);
    var filter = GatewayFilter.builder().guards(request -> chain).multipart(limits).build();
    return container.start(context -> {
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
      gateway.setAsyncSupported(true);
      gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
      ServletRegistration.Dynamic servlet = context.addServlet("reads", new ReadingServlet());
      servlet.setAsyncSupported(true);
      servlet.setMultipartConfig(limits);
      servlet.addMapping("/*");
    });
  }

  private record Case(String path, String type, String body) {
    String request() {
      return "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
          .formatted(path, type, body.length(), body);
    }

    @Override
    public String toString() {
      return "%s, %s, %.60s".formatted(path, type, body);
    }
  }

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static String parts(String... parts) {
    return Stream.of(parts)
            .map(part -> "--b=1\r\n" + part + "\r\n")
            .reduce("ignored\r\n", String::concat)
        + "--b=1--\r\nignored";
  }

  private static List<Case> cases() {
    var cases = new ArrayList<Case>();
    for (String path : List.of("/stream", "/reader", "/async")) {
      cases.add(new Case(path, "text/plain", "one\ntwo"));
      cases.add(new Case(path, "text/plain;charset=UTF-8", utf8("één\n你好")));
      cases.add(new Case(path, "text/plain;charset=ISO-8859-15", "\u00a4"));
      cases.add(new Case(path, FORM, "a=1&b=2"));
      cases.add(new Case(path, "application/octet-stream", "0123456789\r\n".repeat(5000)));
    }
    for (String query : List.of("", "?z=0&q=%E4%BD%A0")) {
      for (String path : List.of("/parameters", "/parameters/async")) {
        cases.add(new Case(path + query, FORM, "a=1&b=x+y&c=%E4%BD%A0&d=&e&a=2&%20f=%26"));
        cases.add(new Case(path + query, FORM + ";charset=ISO-8859-1", "a=%E9"));
        cases.add(new Case(path + query, FORM, "a=" + "z".repeat(10_000)));
        cases.add(new Case(path + query, "text/plain", "a=1"));
      }
      String field = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1";
      String text =
          "content-disposition: form-data; name=\"t\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
              + utf8("é你");
      String file =
          "Content-Disposition: form-data; name=\"f\"; filename=\""
              + utf8("naïve file.txt")
              + "\"\r\nContent-Type: text/plain\r\nX-Own: 1\r\n\r\n"
              + "line\r\n--b=\r\n--b\r\n".repeat(20);
      String binary = "Content-Type: application/octet-stream\r\n\r\n";
      String empty = "Content-Disposition: form-data; name=\"e\"; filename=\"\"\r\n" + binary;
      for (String path : List.of("/parts", "/parameters", "/parameters-and-parts", "/part/f")) {
        cases.add(new Case(path + query, PARTS, parts(field, text, file, empty, field)));
        cases.add(new Case(path + query, PARTS, parts(file, file)));
      }
      cases.add(new Case("/stream" + query, PARTS, parts(field, file)));
    }
    return cases;
  }

  @ParameterizedTest
  @EnumSource
  void application_readsTheSameWithAndWithoutGuards(Container container) throws Exception {
    try (TckServer server = start(container)) {
      for (Case each : cases()) {
        chain = GuardChain.empty();
        RawResponse bare = call(server, each);
        for (int wanted : new int[] {1, 9, 64, 100_000}) {
          var guard = RecordingGuard.reading(wanted, body -> Verdict.allow());
          chain = GuardChain.of(guard);
          RawResponse guarded = call(server, each);
          assertThat(guarded.status()).as("%s, %d", each, wanted).isEqualTo(bare.status());
          if (bare.status() == 200) {
            assertSame(guarded.body(), bare.body(), each + ", " + wanted);
          }
          assertThat(guard.seen()).anyMatch(event -> event.startsWith("body "));
        }
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("temporary files that were left").isEmpty();
    }
  }

  /** Reports the first difference, because the texts are long. */
  private static void assertSame(String actual, String expected, String what) {
    int at = 0;
    while (at < Math.min(actual.length(), expected.length())
        && actual.charAt(at) == expected.charAt(at)) {
      at++;
    }
    assertThat(actual.substring(at, Math.min(at + 40, actual.length())))
        .as("%s: from char %d, %d instead of %d", what, at, actual.length(), expected.length())
        .isEqualTo(expected.substring(at, Math.min(at + 40, expected.length())));
  }

  private static RawResponse call(TckServer server, Case each) throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      return client.send(each.request()).read();
    } catch (IOException e) {
      if (each.body().length() > 1 << 20) {
        return new RawResponse(413, List.of(), ""); // refused by its length, and closed
      }
      throw new IOException(each.toString(), e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void malformedBodies_areErrorsOfTheApplication_notOfTheServer(Container container)
      throws Exception {
    try (TckServer server = start(container)) {
      chain = GuardChain.of(RecordingGuard.reading(64, body -> Verdict.allow()));
      String head = "Content-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n";
      for (String body :
          List.of(
              "",
              "--b=1",
              "--b=1\r\n",
              "--b=1\r\n" + head,
              "--b=1x\r\n" + head + "\r\n--b=1--",
              "--b=1\r\nno colon\r\n\r\n\r\n--b=1--",
              parts(head + "x".repeat(1 << 20)),
              "--b=1\r\nContent-Disposition: " + "x".repeat(9000) + "\r\n\r\n\r\n--b=1--",
              ("--b=1\r\n" + head + "\r\n").repeat(1001) + "--b=1--")) {
        RawResponse response = call(server, new Case("/parts", PARTS, body));
        if (response.status() != 413) { // some containers read the length first
          assertThat(response.body()).as("%.60s", body).contains(body.isEmpty() ? "" : "refused: ");
        }
      }
      assertThat(call(server, new Case("/parts", "multipart/form-data", "x")).body())
          .contains("refused: ", "boundary");
      assertThat(call(server, new Case("/parts", "text/plain", "x")).body())
          .contains("refused: ", "multipart/form-data");
      RawResponse form = call(server, new Case("/parameters", FORM, "a".repeat(3 << 20)));
      if (form.status() != 413) {
        assertThat(form.body()).contains("refused: ", "form");
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("temporary files that were left").isEmpty();
    }
  }
}
