package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

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
import org.jspecify.annotations.Nullable;

/**
 * A body of which guards have read the beginning: gives it out again in each of the forms in which
 * an application may ask for it. The container no longer sees a form's fields or the parts of a
 * multipart body, so they are parsed here.
 */
final class BodyReplay {
  /** A form larger than this is an error when its parameters are asked for, as in containers. */
  static final int MAX_FORM_BYTES = 2 << 20;

  private static final long MAX_MULTIPART_BYTES = 10 << 20;
  private static final int MAX_PART_BYTES_IN_MEMORY = 64 << 10;

  /** The limits where the user named none. */
  private static final MultipartConfigElement DEFAULT_LIMITS =
      new MultipartConfigElement(
          "", MAX_MULTIPART_BYTES, MAX_MULTIPART_BYTES, MAX_PART_BYTES_IN_MEMORY);

  private final HttpServletRequest request;
  private final byte[] begun;
  private final boolean whole;
  private final @Nullable MultipartConfigElement multipart;
  private @Nullable ServletInputStream stream;
  private @Nullable BufferedReader reader;
  private @Nullable Map<String, String[]> parameters;
  private @Nullable List<ReplayPart> parts;

  BodyReplay(
      HttpServletRequest request,
      byte[] begun,
      boolean whole,
      @Nullable MultipartConfigElement multipart) {
    this.request = request;
    this.begun = begun;
    this.whole = whole;
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
      known = new ReplayInputStream(begun, whole, request);
      stream = known;
    }
    return known;
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
      if (query != null) { // not asked of the container: some read what is left of the body then
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
   * Adds the fields of a form; of a multipart body only if the application takes it apart, because
   * one that reads the stream itself may ask for the query's parameters before.
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
      parameters = null; // from now on they include the fields
    }
    return known;
  }

  void deleteParts() {
    if (parts != null) {
      parts.forEach(ReplayPart::delete);
    }
  }
}
