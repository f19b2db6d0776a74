// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads a request as its path specifies, and responds with the bytes read. */
final class ReadingServlet extends HttpServlet {
  private static final long serialVersionUID = 1;

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    String path = request.getPathInfo();
    if (path.equals("/async")) {
      AsyncContext context = request.startAsync();
      request.getInputStream().setReadListener(new Echo(context, request.getInputStream()));
      return;
    }
    if (path.equals("/parameters/async") && !request.isAsyncStarted()) {
      AsyncContext context = request.startAsync();
      context.start(() -> {
        try {
          write(response, parameters((HttpServletRequest) context.getRequest()));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        } finally {
          context.complete();
        }
      });
      return;
    }
    String answer;
    try {
      answer = read(path, request);
    } catch (IOException | ServletException | IllegalStateException e) {
      answer = "refused: " + e.getMessage();
    }
    write(response, answer);
  }

  private static void write(HttpServletResponse response, String answer) throws IOException {
    response.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
  }

  private static String read(String path, HttpServletRequest request)
      throws ServletException, IOException {
    return switch (path) {
      case "/stream" ->
          new String(request.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      case "/reader" -> request.getReader().lines().collect(Collectors.joining("|"));
      case "/parameters" -> parameters(request);
      case "/parts" -> parts(request);
      case "/parameters-and-parts" -> parts(request) + parameters(request) + parts(request);
      default -> part(Objects.requireNonNull(request.getPart("f")));
    };
  }

  private static String parameters(HttpServletRequest request) {
    var all = new StringBuilder();
    for (String name : new TreeSet<>(Collections.list(request.getParameterNames()))) {
      all.append(name)
          .append(Arrays.toString(request.getParameterValues(name)))
          .append(request.getParameter(name))
          .append('\n');
    }
    var map = new TreeMap<String, String>();
    request.getParameterMap().forEach((name, values) -> map.put(name, Arrays.toString(values)));
    return all.append(map).append(request.getParameter("none")).toString();
  }

  private static String parts(HttpServletRequest request) throws ServletException, IOException {
    var all = new StringBuilder();
    var parts = new ArrayList<>(request.getParts());
    parts.sort(Comparator.comparing(Part::getName)); // some containers group them by name
    for (Part part : parts) {
      all.append(part(part));
    }
    return all.toString();
  }

  private static String part(Part part) throws IOException {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String name : part.getHeaderNames()) {
      headers.put(name.toLowerCase(Locale.ROOT), String.join("|", part.getHeaders(name)));
    }
    return String.join(
        " ",
        part.getName(),
        String.valueOf(part.getSubmittedFileName()),
        String.valueOf(part.getContentType()),
        Long.toString(part.getSize()),
        headers.toString(),
        new String(part.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1),
        "\n");
  }

  private record Echo(AsyncContext context, ServletInputStream in, ByteArrayOutputStream bytes)
      implements ReadListener {
    Echo(AsyncContext context, ServletInputStream in) {
      this(context, in, new ByteArrayOutputStream());
    }

    @Override
    public void onDataAvailable() throws IOException {
      byte[] buffer = new byte[7];
      while (in.isReady() && !in.isFinished()) {
        int count = in.read(buffer);
        if (count > 0) {
          bytes.write(buffer, 0, count);
        }
      }
    }

    @Override
    public void onAllDataRead() throws IOException {
      context.getResponse().getOutputStream().write(bytes.toByteArray());
      context.complete();
    }

    @Override
    public void onError(Throwable failure) {
      context.complete();
    }
  }
}
