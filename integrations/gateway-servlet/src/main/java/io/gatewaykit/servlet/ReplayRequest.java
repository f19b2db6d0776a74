package io.gatewaykit.servlet;

import static java.util.Objects.requireNonNull;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body was read, in part or whole, before the application: reads as if it had not
 * been. The container no longer sees a form's fields, so they are parsed here.
 */
final class ReplayRequest extends GuardedRequest {
  /** A form larger than this is an error when its parameters are asked for, as in containers. */
  static final int MAX_FORM_BYTES = 2 << 20;

  private final byte[] begun;
  private final boolean whole;
  private @Nullable ServletInputStream stream;
  private @Nullable BufferedReader reader;
  private @Nullable Map<String, String[]> parameters;

  ReplayRequest(
      HttpServletRequest request, HttpServletResponse response, byte[] begun, boolean whole) {
    super(request, response);
    this.begun = begun;
    this.whole = whole;
  }

  @Override
  public ServletInputStream getInputStream() throws IOException {
    if (reader != null) {
      throw new IllegalStateException("getReader was called before getInputStream");
    }
    return stream();
  }

  private ServletInputStream stream() throws IOException {
    if (stream == null) {
      stream = new ReplayInputStream(begun, whole, super.getInputStream());
    }
    return requireNonNull(stream);
  }

  @Override
  public BufferedReader getReader() throws IOException {
    if (reader == null) {
      if (stream != null) {
        throw new IllegalStateException("getInputStream was called before getReader");
      }
      reader =
          new BufferedReader(new InputStreamReader(stream(), charset(StandardCharsets.ISO_8859_1)));
    }
    return requireNonNull(reader);
  }

  private Charset charset(Charset byDefault) {
    String name = getCharacterEncoding();
    return name == null ? byDefault : Charset.forName(name);
  }

  private boolean isForm() {
    String type = getContentType();
    return type != null
        && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")
        && stream == null;
  }

  @Override
  public Map<String, String[]> getParameterMap() {
    if (parameters == null) {
      var all = new LinkedHashMap<String, List<String>>();
      super.getParameterMap()
          .forEach((name, values) -> all.put(name, new ArrayList<>(Arrays.asList(values))));
      if (isForm()) {
        addForm(all);
      }
      var map = new LinkedHashMap<String, String[]>();
      all.forEach((name, values) -> map.put(name, values.toArray(String[]::new)));
      parameters = Collections.unmodifiableMap(map);
    }
    return requireNonNull(parameters);
  }

  private void addForm(Map<String, List<String>> all) {
    Charset charset = charset(StandardCharsets.UTF_8);
    String form;
    try {
      byte[] bytes = stream().readNBytes(MAX_FORM_BYTES + 1);
      if (bytes.length > MAX_FORM_BYTES) {
        throw new IllegalStateException("form: more than " + MAX_FORM_BYTES + " bytes");
      }
      form = new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String pair : form.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        all.computeIfAbsent(decode(name, charset), n -> new ArrayList<>())
            .add(decode(value, charset));
      }
    }
  }

  private static String decode(String text, Charset charset) {
    String bytes = new String(text.getBytes(StandardCharsets.ISO_8859_1), charset);
    try {
      return URLDecoder.decode(bytes, charset);
    } catch (IllegalArgumentException e) {
      return bytes; // not percent-encoding after all
    }
  }

  @Override
  public @Nullable String getParameter(String name) {
    String[] values = getParameterMap().get(name);
    return values == null ? null : values[0];
  }

  @Override
  public Enumeration<String> getParameterNames() {
    return Collections.enumeration(getParameterMap().keySet());
  }

  @Override
  public String @Nullable [] getParameterValues(String name) {
    String[] values = getParameterMap().get(name);
    return values == null ? null : values.clone();
  }
}
