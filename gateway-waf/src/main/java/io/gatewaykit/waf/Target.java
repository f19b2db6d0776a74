package io.gatewaykit.waf;

/** The parts of a request that a {@link Rule} can look at. */
public enum Target {
  /** The path, percent-decoded. */
  PATH,
  /** The value of a parameter: query, form, multipart field, JSON string, or XML document. */
  ARG,
  /** The name of a parameter. */
  ARG_NAME,
  /** The value of a cookie. */
  COOKIE,
  /** The value of a header field that clients choose freely; not {@code Cookie}. */
  HEADER,
  /** A body, or part of one, that could not be parsed as what it says it is. */
  MALFORMED
}
