// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import io.gatewaykit.api.guard.BodyInspector;
import io.gatewaykit.api.guard.Rejection;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Replays an inspected body to the application: the held bytes first, then the remainder as it is
 * inspected. It supports every way in which an application can read a body. The container no longer
 * sees form fields and multipart parts, so they are parsed here.
 */
final class BodyReplay {
  /** Reading the parameters of a larger form is an error, as in containers. */
  static final int MAX_FORM_BYTES = 2 << 20;

  private static final long MAX_MULTIPART_BYTES = 10 << 20;
  private static final int MAX_PART_BYTES_IN_MEMORY = 64 << 10;

  /** The default limits. */
  private static final MultipartConfigElement DEFAULT_LIMITS =
      new MultipartConfigElement(
          "", MAX_MULTIPART_BYTES, MAX_MULTIPART_BYTES, MAX_PART_BYTES_IN_MEMORY);

  private final HttpServletRequest request;
  private final HeldBody held;
  private final BodyInspector inspector;
  private final Consumer<Rejection> onRejected;
  private final @Nullable MultipartConfigElement multipart;
  private @Nullable ServletInputStream stream;
  private @Nullable BufferedReader reader;
  private @Nullable Map<String, String[]> parameters;
  private @Nullable List<ReplayPart> parts;

  BodyReplay(
      HttpServletRequest request,
      HeldBody held,
      BodyInspector inspector,
      Consumer<Rejection> onRejected,
      @Nullable MultipartConfigElement multipart) {
    this.request = request;
    this.held = held;
    this.inspector = inspector;
    this.onRejected = onRejected;
    this.multipart = multipart;
  }

  ServletInputStream inputStream() throws IOException {
    if (reader != null) {
      throw new IllegalStateException("getReader was called before getInputStream");
    }
    return stream();
  }

  private ServletInputStream stream() throws IOException {
    ServletInputStream known = stream;
    if (known == null) {
      known = new ReplayInputStream(held, rest(), request);
      stream = known;
    }
    return known;
  }

  private RestOfBody rest() throws IOException {
    long length = request.getContentLengthLong();
    boolean inspected = !held.isComplete() && inspector.inspectsRest();
    return new RestOfBody(
        request.getInputStream(),
        inspected ? inspector : null,
        length < 0 ? length : Math.max(0, length - held.length()),
        onRejected);
  }

  BufferedReader reader() throws IOException {
    BufferedReader known = reader;
    if (known == null) {
      if (stream != null) {
        throw new IllegalStateException("getInputStream was called before getReader");
      }
      Charset charset = charset(StandardCharsets.ISO_8859_1);
      known = new BufferedReader(new InputStreamReader(stream(), charset));
      reader = known;
    }
    return known;
  }

  private Charset charset(Charset byDefault) {
    String name = request.getCharacterEncoding();
    return name == null ? byDefault : Charset.forName(name);
  }

  private boolean isOfType(String mediaType) {
    String type = request.getContentType();
    return type != null && type.toLowerCase(Locale.ROOT).startsWith(mediaType);
  }

  Map<String, String[]> parameters() {
    Map<String, String[]> known = parameters;
    if (known == null) {
      var all = new LinkedHashMap<String, List<String>>();
      String query = request.getQueryString();
      // not from the container, because some read the remaining body in this call
      if (query != null) {
        byte[] bytes = query.getBytes(StandardCharsets.ISO_8859_1);
        FormFields.parse(bytes, StandardCharsets.UTF_8, all);
      }
      try {
        addBody(all);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (ServletException e) {
        throw new IllegalStateException(e);
      }
      var map = new LinkedHashMap<String, String[]>();
      all.forEach((name, values) -> map.put(name, values.toArray(String[]::new)));
      known = Collections.unmodifiableMap(map);
      parameters = known;
    }
    return known;
  }

  /**
   * Adds the fields of a form. Fields of a multipart body are added only if the application has it
   * parsed, because one that reads the stream itself may query the parameters before.
   */
  private void addBody(Map<String, List<String>> all) throws IOException, ServletException {
    if (isOfType("application/x-www-form-urlencoded") && stream == null) {
      byte[] bytes = stream().readNBytes(MAX_FORM_BYTES + 1);
      if (bytes.length > MAX_FORM_BYTES) {
        throw new IllegalStateException(
            "form: more than " + MAX_FORM_BYTES + " bytes (expected: 0.." + MAX_FORM_BYTES + ")");
      }
      FormFields.parse(bytes, charset(StandardCharsets.UTF_8), all);
    } else if (parts != null || multipart != null && stream == null && isMultipart()) {
      for (ReplayPart part : parts()) {
        if (part.getSubmittedFileName() == null) {
          all.computeIfAbsent(part.getName(), name -> new ArrayList<>())
              .add(part.text(charset(StandardCharsets.UTF_8)));
        }
      }
    }
  }

  private boolean isMultipart() {
    return isOfType("multipart/form-data");
  }

  List<ReplayPart> parts() throws IOException, ServletException {
    List<ReplayPart> known = parts;
    if (known == null) {
      if (!isMultipart()) {
        throw new ServletException(
            "content type: " + request.getContentType() + " (expected: multipart/form-data)");
      }
      MultipartConfigElement limits = multipart == null ? DEFAULT_LIMITS : multipart;
      var parser = new MultipartParser(stream(), limits, request, charset(StandardCharsets.UTF_8));
      known = parser.parse(requireNonNull(request.getContentType()));
      parts = known;
      parameters = null; // to be rebuilt with the fields
    }
    return known;
  }

  /** Releases the memory and the temporary files of the body. */
  void free() {
    held.release();
    if (parts != null) {
      parts.forEach(ReplayPart::delete);
    }
  }
}
