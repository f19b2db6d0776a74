// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.internal.body;

import io.gatewaykit.waf.internal.decode.Decoding;
import io.gatewaykit.waf.rule.Target;
import java.util.regex.Pattern;

/** The header of one part. Its fields are inspected one by one. */
final class PartHeader {
  private static final int MAX_BYTES = 64 << 10;
  private static final int MAX_DISPOSITION = 4 << 10;

  /** A media type with parameters, which cannot express an attack. */
  private static final Pattern PLAIN_TYPE =
      Pattern.compile(
          "[a-zA-Z0-9.+-]++/[a-zA-Z0-9.+-]++(?:; ?[a-zA-Z0-9-]++=\"?[a-zA-Z0-9.+_-]++\"?)*+");

  private boolean form;
  private final BodySink sink;
  private final Defects defects;
  private final StringBuilder lines = new StringBuilder();
  private int dispositions;
  private Disposition disposition = Disposition.NONE;
  private String contentType = "";
  private TransferEncoding encoding = TransferEncoding.NONE;
  private String encodingField = ""; // the field that declares it

  PartHeader(boolean form, BodySink sink, Defects defects) {
    this.form = form;
    this.sink = sink;
    this.defects = defects;
  }

  /** Returns the name of the field, or an empty text. */
  String name() {
    return disposition.name();
  }

  Disposition disposition() {
    return disposition;
  }

  /**
   * Returns whether the part belongs to a form. Some servers read parameters from any kind of
   * multipart body, so a part with a name always does.
   */
  boolean isInForm() {
    return form;
  }

  String contentType() {
    return contentType;
  }

  TransferEncoding encoding() {
    return encoding;
  }

  /** Returns the fields read so far, as received. */
  String lines() {
    return lines.toString();
  }

  /**
   * Adds a field, and records its violations.
   *
   * @return false if the header is too long, so that the remainder is content
   */
  boolean add(String field, long at) {
    String name = fieldName(field, at);
    lines.append(field).append("\r\n");
    String value = field.substring(field.indexOf(':') + 1).strip();
    TransferEncoding declared =
        name.equals("content-transfer-encoding")
            ? TransferEncoding.of(value)
            : TransferEncoding.NONE;
    if (declared != TransferEncoding.NONE) {
      encoding = declared;
      encodingField = field; // permitted outside forms only
    } else {
      sink.value(Target.PART_HEADER, name, field);
    }
    if (name.startsWith("content-disposition")) {
      dispositions++;
      disposition(field, at);
    } else {
      contentType = name.equals("content-type") ? value : contentType;
      if (!(name.equals("content-type") && PLAIN_TYPE.matcher(value).matches())) {
        sink.value(Target.ARG, name, value);
      }
    }
    if (lines.length() > MAX_BYTES) {
      defects.record("a header of more than " + MAX_BYTES + " bytes", at);
      return false;
    }
    return true;
  }

  void end(long at) {
    if (form && encoding != TransferEncoding.NONE) {
      sink.value(Target.PART_HEADER, "content-transfer-encoding", encodingField);
    }
    if (form && dispositions != 1) {
      defects.record(dispositions == 0 ? "a part without a name" : "a part with two names", at);
    }
    if (form && Decoding.lowercase(contentType).contains("multipart/")) {
      defects.record("a multipart body in a part", at);
    }
  }

  private String fieldName(String field, long at) {
    int colon = field.indexOf(':');
    char first = field.charAt(0);
    if (first == ' ' || first == '\t') {
      defects.record("a folded header", at);
    } else if (colon <= 0 || field.charAt(colon - 1) <= ' ') {
      defects.record("a header without a name", at);
    }
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) < ' ' && field.charAt(i) != '\t') {
        defects.record("a control character in a header", at);
        break;
      }
    }
    return colon < 0 ? "part" : Decoding.lowercase(field.substring(0, colon).strip());
  }

  private void disposition(String field, long at) {
    Disposition read = Disposition.parse(field);
    disposition = read;
    form |= read.names() > 0;
    if (field.length() > MAX_DISPOSITION) {
      defects.record("a Content-Disposition of more than " + MAX_DISPOSITION + " bytes", at);
    }
    if (!read.name().isEmpty()) {
      sink.value(Target.ARG_NAME, read.name(), read.name());
    }
    for (String other : read.others()) {
      sink.value(Target.ARG, "content-disposition", other);
    }
    for (String fileName : read.fileNames()) {
      sink.value(Target.FILE_NAME, "filename", fileName);
    }
    if (!read.defect().isEmpty()) {
      defects.record(read.defect(), at);
    }
    if (form && read.names() != 1) {
      defects.record(read.names() == 0 ? "a part without a name" : "a part with two names", at);
    }
  }
}
