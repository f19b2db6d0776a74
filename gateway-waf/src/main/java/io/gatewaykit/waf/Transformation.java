package io.gatewaykit.waf;

import java.util.function.UnaryOperator;

/** One step that undoes an encoding before a rule looks. Texts hold one byte in each char. */
public enum Transformation {
  /** Undoes percent-encoding, {@code %u} included, until nothing changes, at most three times. */
  URL_DECODE(Decoding::percentRepeated),
  /** Undoes HTML character references. */
  HTML_DECODE(Decoding::html),
  /** Undoes {@code \\xHH} and {@code \\uHHHH}. */
  JS_DECODE(Decoding::js),
  /** Makes ASCII of full-width forms and of overlong UTF-8. */
  FOLD(Decoding::fold),
  /** Removes NUL bytes. */
  REMOVE_NULLS(s -> s.indexOf(0) < 0 ? s : s.replace("\0", "")),
  /** Makes ASCII letters lower case. */
  LOWERCASE(Decoding::lowercase),
  /** Makes one space of each run of white space. */
  COMPRESS_WHITESPACE(Decoding::compressWhitespace),
  /** Makes a space of each SQL comment; keeps what MySQL would execute. */
  SQL_COMMENTS(Decoding::sqlComments),
  /** Removes what a shell ignores: backslashes, carets and quotes inside words. */
  SHELL_UNQUOTE(Decoding::shellUnquote);

  // every function here is a method without state
  @SuppressWarnings("ImmutableEnumChecker")
  private final UnaryOperator<String> function;

  Transformation(UnaryOperator<String> function) {
    this.function = function;
  }

  String apply(String text) {
    return function.apply(text);
  }
}
