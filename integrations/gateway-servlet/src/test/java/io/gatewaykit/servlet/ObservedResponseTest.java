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
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Observers of a response see the bytes that the client receives, however they are written. */
@Timeout(60)
class ObservedResponseTest {
  private static final String CHUNK = "0123456789abcdef".repeat(256);
  private static final int CHUNKS = 300;

  @ParameterizedTest
  @EnumSource(Container.class)
  void body_writtenInAnyWay_isObservedAsReceived(Container container) throws Exception {
    var guard = RecordingGuard.answering(Verdict.allow()).observing();
    try (TckServer server = start(container, guard);
        RawClient client = new RawClient(server.port())) {
      String before = "";
      int requests = 0;
      for (String path :
          new String[] {
            "/writer",
            "/latin1",
            "/utf16",
            "/single-bytes",
            "/printed",
            "/nonblocking",
            "/restarted",
            "/reset",
            "/forwarded",
            "/included"
          }) {
        RawResponse response = client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").read();
        requests++;
        int ended = requests;
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> guard.ends().size() == ended);
        assertThat(guard.ends()).last().as(path).isEqualTo("SERVED 200");
        String observed = guard.observed().substring(before.length());
        before = guard.observed();
        boolean restarted = path.equals("/restarted") || path.equals("/reset");
        assertThat(response.body()).as(path).isNotEmpty();
        assertThat(shortened(observed))
            .as(path)
            .isEqualTo((restarted ? Writing.DISCARDED : "") + shortened(response.body()));
      }
    }
  }

  private static String shortened(String body) {
    return body.replace(CHUNK, "#");
  }

  @ParameterizedTest
  @EnumSource(Container.class)
  void errorOfTheContainer_isNotObserved(Container container) throws Exception {
    var guard = RecordingGuard.answering(Verdict.allow()).observing();
    try (TckServer server = start(container, guard);
        RawClient client = new RawClient(server.port())) {
      client.send("GET /error HTTP/1.1\r\nHost: h\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(404);
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> !guard.ends().isEmpty());
      assertThat(guard.observed()).isEmpty();
    }
  }

  private static TckServer start(Container container, RecordingGuard guard) throws Exception {
    GatewayFilter filter = GatewayFilter.of(GuardChain.of(guard));
    return container.start(context -> {
      FilterRegistration.Dynamic gateway = context.addFilter("gateway", filter);
      gateway.setAsyncSupported(true);
      gateway.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
      ServletRegistration.Dynamic servlet = context.addServlet("writes", new Writing());
      servlet.setAsyncSupported(true);
      servlet.addMapping("/*");
    });
  }

  /** Writes a response in the way that the path names. */
  private static final class Writing extends HttpServlet {
    private static final long serialVersionUID = 1;
    private static final String TEXT = "\u00e4\u20ac{\"total_tokens\":7}\n";
    private static final String DISCARDED = "discarded";

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException {
      boolean included = request.getDispatcherType() == DispatcherType.INCLUDE;
      switch (included ? "/writer" : request.getPathInfo()) {
        case "/writer" -> {
          response.setContentType("text/plain;charset=UTF-8");
          write(response.getWriter());
        }
        case "/latin1" -> {
          response.setCharacterEncoding("ISO-8859-1");
          response.getWriter().print("\u00e4{\"total_tokens\":7}");
        }
        case "/utf16" -> {
          response.setCharacterEncoding("UTF-16BE");
          write(response.getWriter());
        }
        case "/single-bytes" -> {
          for (byte b : TEXT.getBytes(StandardCharsets.UTF_8)) {
            response.getOutputStream().write(b);
          }
        }
        case "/printed" -> response.getOutputStream().println("text " + 1);
        case "/nonblocking" -> writeWhenReady(request);
        case "/restarted" -> {
          response.getOutputStream().print(DISCARDED);
          response.resetBuffer();
          response.getOutputStream().print("sent");
        }
        case "/reset" -> {
          response.getOutputStream().print(DISCARDED);
          response.reset();
          response.getWriter().print("sent");
        }
        case "/forwarded" -> request.getRequestDispatcher("/writer").forward(request, response);
        case "/included" -> {
          response.setContentType("text/plain;charset=UTF-8");
          response.getWriter().print("first ");
          request.getRequestDispatcher("/writer").include(request, response);
        }
        default -> response.sendError(404);
      }
    }

    private static void write(PrintWriter writer) {
      writer.print(TEXT);
      writer.write("\ud83d"); // half of a surrogate pair
      writer.write("\ude00".toCharArray(), 0, 1);
      writer.print(1234);
      writer.flush();
      writer.println(CHUNK.repeat(8));
    }

    private static void writeWhenReady(HttpServletRequest request) throws IOException {
      AsyncContext context = request.startAsync();
      ServletOutputStream out = context.getResponse().getOutputStream();
      out.setWriteListener(
          new WriteListener() {
            private int written;

            @Override
            public void onWritePossible() throws IOException {
              while (out.isReady()) {
                if (written == CHUNKS) {
                  context.complete();
                  return;
                }
                written++;
                out.write(CHUNK.getBytes(StandardCharsets.US_ASCII));
              }
            }

            @Override
            public void onError(Throwable failure) {
              context.complete();
            }
          });
    }
  }
}
