// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.waf.rule;

import java.util.List;

/** A decoding or normalisation step that is applied to the bytes of a value before an operator. */
public enum Transformation {
  /**
   * Decodes percent-encoding, including {@code %u}, until the text no longer changes, at most three
   * times.
   */
  URL_DECODE,
  /** Decodes HTML character references. */
  HTML_DECODE,
  /** Decodes {@code \\xHH} and {@code \\uHHHH}. */
  JS_DECODE,
  /** Replaces full-width forms and overlong UTF-8 by ASCII. */
  FOLD,
  /** Removes NUL bytes. */
  REMOVE_NULLS,
  /** Converts ASCII letters to lower case. */
  LOWERCASE,
  /** Replaces each run of white space by one space. */
  COMPRESS_WHITESPACE,
  /**
   * Replaces each SQL comment by a space, except for content that MySQL executes. Also replaces
   * each control character, which SQL Server reads as white space.
   */
  SQL_COMMENTS,
  /** Removes characters that a shell ignores: backslashes, carets and quotes inside words. */
  SHELL_UNQUOTE,
  /** Decodes CSS escapes, {@code \\41} and {@code \\000041}, and line continuations. */
  CSS_DECODE,
  /** Decodes escapes of C and similar languages: letters, octal, {@code \\xHH}, {@code \\uHHHH}. */
  ESCAPE_DECODE,
  /**
   * Replaces backslashes by slashes, and removes empty segments, dot segments and parameters after
   * a semicolon.
   */
  NORMALIZE_PATH,
  /** Decodes a value that consists entirely of base64 or base64url. */
  BASE64_DECODE;

  private static final List<Transformation> STANDARD =
      List.of(
          URL_DECODE, HTML_DECODE, JS_DECODE, FOLD, REMOVE_NULLS, LOWERCASE, COMPRESS_WHITESPACE);

  /**
   * Returns the default transformations of a rule: {@link #URL_DECODE}, {@link #HTML_DECODE},
   * {@link #JS_DECODE}, {@link #FOLD}, {@link #REMOVE_NULLS}, {@link #LOWERCASE}, {@link
   * #COMPRESS_WHITESPACE}. Patterns applied after them must be written in lower case.
   */
  public static List<Transformation> standard() {
    return STANDARD;
  }
}
