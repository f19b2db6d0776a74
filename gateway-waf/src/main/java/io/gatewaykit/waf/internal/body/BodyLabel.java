// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import java.util.List;

/**
 * The declared content type of a body or part, which is only a hint. Some servers search the field
 * for a substring, so the name of a format counts anywhere in it.
 *
 * @param name all content types, in lower case
 * @param type the first content type
 */
record BodyLabel(String name, MediaType type) {
  private static final List<String> DOCUMENTS =
      List.of(
          "text/html",
          "application/xhtml",
          "text/markdown",
          "text/x-",
          "text/css",
          "text/csv",
          "text/tab-separated-values",
          "text/javascript",
          "application/javascript",
          "application/x-javascript",
          "text/calendar",
          "text/vcard",
          "text/vtt",
          "text/troff",
          "text/rtf",
          "text/x-gettext",
          "text/x-po",
          "application/rtf",
          "application/x-sh",
          "message/rfc822");

  private static final List<String> FILES =
      List.of(
          "image/",
          "audio/",
          "video/",
          "font/",
          "application/octet-stream",
          "binary/octet-stream",
          "application/zip",
          "application/gzip",
          "application/x-gzip",
          "application/x-tar",
          "application/x-7z",
          "application/x-rar",
          "application/x-bzip",
          "application/x-xz",
          "application/zstd",
          "application/java-archive",
          "application/epub",
          "application/pdf",
          "application/postscript",
          "application/msword",
          "application/vnd.ms-",
          "application/vnd.openxmlformats",
          "application/vnd.oasis",
          "application/vnd.android",
          "application/vnd.debian",
          "application/font",
          "application/x-font",
          "application/wasm",
          "application/x-gettext",
          "application/x-executable",
          "application/x-sharedlib",
          "application/x-sqlite3",
          "application/vnd.sqlite3");

  static BodyLabel of(List<String> contentTypes) {
    String name = Decoding.lowercase(String.join(", ", contentTypes));
    return new BodyLabel(name, MediaType.parse(contentTypes.isEmpty() ? "" : contentTypes.get(0)));
  }

  boolean isMultipart() {
    return name.contains("multipart/");
  }

  boolean isForm() {
    return (name.contains("form-urlencoded") || name.contains("form-data")) && !isRpc();
  }

  boolean isJson() {
    return name.contains("json");
  }

  /** Returns whether the body may be a sequence of JSON values. */
  boolean isJsonStream() {
    return name.contains("ndjson") || name.contains("jsonl") || name.contains("json-seq");
  }

  /** Returns whether this is XML that a server reads as data, unlike an image or a page. */
  boolean isXml() {
    return name.contains("xml") && !name.startsWith("image/svg") && !isDocument() && !isOffice();
  }

  private boolean isOffice() {
    return name.startsWith("application/vnd.openxmlformats");
  }

  /** Returns whether this is a sequence of messages, each with a five-byte prefix. */
  boolean isRpc() {
    return name.startsWith("application/grpc") || name.startsWith("application/connect+");
  }

  /** Returns whether this is a text that is stored or displayed rather than read as parameters. */
  boolean isDocument() {
    return DOCUMENTS.stream().anyMatch(name::startsWith);
  }

  /** Returns whether this is text, or has no declared type. */
  boolean isText() {
    return name.isEmpty() || name.startsWith("text/");
  }

  /** Returns whether this is a file other than text. */
  boolean isFile() {
    return FILES.stream().anyMatch(name::startsWith);
  }

  /** Returns whether the type is missing or unspecific. */
  boolean isIndefinite() {
    return isUnspecific() || name.startsWith("text/plain");
  }

  /** Returns whether the type is missing, or is that of any bytes. */
  boolean isUnspecific() {
    return name.isEmpty()
        || name.startsWith("application/octet-stream")
        || name.startsWith("binary/octet-stream");
  }

  static boolean claimsMedia(String contentType, List<String> fileNames) {
    String type = Decoding.lowercase(contentType);
    boolean typed =
        (type.startsWith("image/") && !type.startsWith("image/svg"))
            || type.startsWith("audio/")
            || type.startsWith("video/");
    return typed || fileNames.stream().anyMatch(BodyLabel::isMediaName);
  }

  private static boolean isMediaName(String fileName) {
    String extension =
        Decoding.lowercase(fileName.substring(fileName.lastIndexOf('.') + 1)).strip();
    return List.of("jpg", "jpeg", "png", "gif", "bmp", "webp", "ico", "tif", "tiff", "mp3", "mp4")
        .contains(extension);
  }
}
