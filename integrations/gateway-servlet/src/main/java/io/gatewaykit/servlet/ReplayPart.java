// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.servlet;

import jakarta.servlet.http.Part;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One part of a multipart body, in memory or, if it is large, in a temporary file. */
final class ReplayPart extends OutputStream implements Part {
  private static final Logger log = LoggerFactory.getLogger(ReplayPart.class);

  private final List<Map.Entry<String, String>> headers;
  private final String name;
  private final @Nullable String fileName;
  private final Path directory;
  private final int threshold;
  private final long maxSize;
  private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private @Nullable Path file;
  private @Nullable OutputStream toFile;
  private long size;

  /**
   * Creates an empty part.
   *
   * @param directory the directory of its temporary file
   * @param threshold the maximum number of bytes in memory
   * @param maxSize the maximum number of bytes; negative for no limit
   */
  ReplayPart(
      List<Map.Entry<String, String>> headers,
      String name,
      @Nullable String fileName,
      Path directory,
      int threshold,
      long maxSize) {
    this.headers = headers;
    this.name = name;
    this.fileName = fileName;
    this.directory = directory;
    this.threshold = threshold;
    this.maxSize = maxSize;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    size += length;
    if (maxSize >= 0 && size > maxSize) {
      throw new IllegalStateException(
          "part: more than " + maxSize + " bytes (expected: 0.." + maxSize + ")");
    }
    if (toFile == null && size > threshold) {
      file = Files.createTempFile(directory, "gateway-part-", ".tmp");
      OutputStream out = Files.newOutputStream(file);
      toFile = out;
      memory.writeTo(out);
      memory.reset();
    }
    if (toFile == null) {
      memory.write(bytes, offset, length);
    } else {
      toFile.write(bytes, offset, length);
    }
  }

  @Override
  public void close() throws IOException {
    if (toFile != null) {
      toFile.close();
    }
  }

  /** Returns the content as text, in the charset of the part if it declares one. */
  String text(Charset byDefault) throws IOException {
    String type = getContentType();
    String named = type == null ? null : HeaderParameters.of(type).get("charset");
    Charset charset = byDefault;
    if (named != null) {
      try {
        charset = Charset.forName(named);
      } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
        log.debug("gateway filter: unknown charset of a multipart part", e);
      }
    }
    try (InputStream in = getInputStream()) {
      return new String(in.readAllBytes(), charset);
    }
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return file == null
        ? new ByteArrayInputStream(memory.toByteArray())
        : Files.newInputStream(file);
  }

  @Override
  public @Nullable String getContentType() {
    return getHeader("Content-Type");
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public @Nullable String getSubmittedFileName() {
    return fileName;
  }

  @Override
  public long getSize() {
    return size;
  }

  /**
   * Copies the content to a file. A relative name is resolved against the directory of the parts.
   */
  @Override
  public void write(String to) throws IOException {
    try (InputStream in = getInputStream()) {
      Files.copy(in, directory.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void delete() {
    try {
      close();
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      log.warn("gateway filter: failed to delete the temporary file {}", file, e);
    }
  }

  @Override
  public @Nullable String getHeader(String wanted) {
    for (Map.Entry<String, String> header : headers) {
      if (header.getKey().equalsIgnoreCase(wanted)) {
        return header.getValue();
      }
    }
    return null;
  }

  @Override
  public Collection<String> getHeaders(String wanted) {
    return headers.stream()
        .filter(header -> header.getKey().equalsIgnoreCase(wanted))
        .map(Map.Entry::getValue)
        .toList();
  }

  @Override
  public Collection<String> getHeaderNames() {
    var names = new LinkedHashSet<String>();
    headers.forEach(header -> names.add(header.getKey()));
    return names;
  }
}
