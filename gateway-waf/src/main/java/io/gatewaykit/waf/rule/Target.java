// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

/**
 * The parts of a request that a {@link Rule} can inspect. Each occurrence is a separate value, so a
 * parameter or field that is sent twice yields two values.
 */
public enum Target {
  /** The method, as sent. */
  METHOD,
  /** The complete request target, not decoded. */
  URI,
  /** The path, percent-decoded once. Dot segments and double slashes are retained. */
  PATH,
  /** The query without the question mark, not decoded. */
  QUERY,
  /**
   * The value of a parameter, decoded once: from the query, a form, a multipart field, a JSON
   * string or number, an XML text or attribute, or a body in none of these formats.
   */
  ARG,
  /** The name of a parameter from the query, a form, a multipart field or a JSON member. */
  ARG_NAME,
  /** The value of a cookie, percent-decoded once. */
  COOKIE,
  /** The name of a cookie, percent-decoded once. */
  COOKIE_NAME,
  /** The value of a header field other than {@code Cookie}. */
  HEADER,
  /** The name of a header field, in lower case. */
  HEADER_NAME,
  /** The file name of an uploaded file. */
  FILE_NAME,
  /**
   * The content of an uploaded image, audio, video or font file. Its name is that of the form
   * field.
   */
  FILE_MEDIA,
  /** The content of an uploaded file that is neither text nor media nor an archive. */
  FILE_BINARY,
  /** The content of an uploaded SVG image. */
  FILE_SVG,
  /** The content of an uploaded XML file other than an SVG image. */
  FILE_XML,
  /** The first 4 KiB of any other uploaded text file. */
  FILE_TEXT,
  /** A header line of a multipart part. Its name is that of the form field. */
  PART_HEADER,
  /** The body as received. A long body is split into overlapping windows. */
  BODY,
  /**
   * The kind of error in a body, or in a part of it, that does not conform to its declared format.
   */
  MALFORMED,
  /** The client address in textual form; absent if the request does not contain it. */
  CLIENT;

  /** Returns a selector of all values of this target. */
  public Selector any() {
    return new Selector(this, null, Selector.Use.INCLUDE);
  }

  /**
   * Returns a selector of the values with this name.
   *
   * @param name compared ignoring ASCII case; may contain asterisks as in {@link Selector#name}
   */
  public Selector named(String name) {
    return new Selector(this, requireNonNull(name, "name"), Selector.Use.INCLUDE);
  }
}
