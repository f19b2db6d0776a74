package io.gatewaykit.waf.rule;

import java.util.List;

/** One step that undoes an encoding before a rule looks at a value's bytes. */
public enum Transformation {
  /** Undoes percent-encoding, {@code %u} included, until nothing changes, at most three times. */
  URL_DECODE,
  /** Undoes HTML character references. */
  HTML_DECODE,
  /** Undoes {@code \\xHH} and {@code \\uHHHH}. */
  JS_DECODE,
  /** Makes ASCII of full-width forms and of overlong UTF-8. */
  FOLD,
  /** Removes NUL bytes. */
  REMOVE_NULLS,
  /** Makes ASCII letters lower case. */
  LOWERCASE,
  /** Makes one space of each run of white space. */
  COMPRESS_WHITESPACE,
  /** Makes a space of each SQL comment; keeps what MySQL would execute. */
  SQL_COMMENTS,
  /** Removes what a shell ignores: backslashes, carets and quotes inside words. */
  SHELL_UNQUOTE,
  /** Undoes CSS escapes, {@code \\41} and {@code \\000041}, and lines that go on. */
  CSS_DECODE,
  /** Undoes the escapes of C and its like: letters, octal, {@code \\xHH}, {@code \\uHHHH}. */
  ESCAPE_DECODE,
  /**
   * Makes slashes of backslashes, and removes empty and dot segments and parameters behind a
   * semicolon.
   */
  NORMALIZE_PATH,
  /** Decodes a value that is base64 or base64url as a whole. */
  BASE64_DECODE;

  private static final List<Transformation> STANDARD =
      List.of(
          URL_DECODE, HTML_DECODE, JS_DECODE, FOLD, REMOVE_NULLS, LOWERCASE, COMPRESS_WHITESPACE);

  /**
   * Returns what a rule undoes unless it says otherwise: {@link #URL_DECODE}, {@link #HTML_DECODE},
   * {@link #JS_DECODE}, {@link #FOLD}, {@link #REMOVE_NULLS}, {@link #LOWERCASE}, {@link
   * #COMPRESS_WHITESPACE}. Patterns after it are written in lower case.
   */
  public static List<Transformation> standard() {
    return STANDARD;
  }
}
