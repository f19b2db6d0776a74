package io.gatewaykit.waf.rule;

import static java.util.Objects.requireNonNull;

/**
 * The parts of a request that a {@link Rule} can look at. Each occurrence is a value of its own,
 * and a parameter or field that comes twice is two values.
 */
public enum Target {
  /** The method, as sent. */
  METHOD,
  /** The whole request target, not decoded. */
  URI,
  /** The path, percent-decoded once, its dot segments and double slashes kept. */
  PATH,
  /** The query without its question mark, not decoded. */
  QUERY,
  /**
   * The value of a parameter, decoded once: from the query, a form, a multipart field, a string or
   * number of JSON, a text or attribute of XML, or a body that has no format of these.
   */
  ARG,
  /** The name of a parameter: from the query, a form, a multipart field or a member of JSON. */
  ARG_NAME,
  /** The value of a cookie, percent-decoded once. */
  COOKIE,
  /** The name of a cookie, percent-decoded once. */
  COOKIE_NAME,
  /** The value of a header field; not of {@code Cookie}. */
  HEADER,
  /** The name of a header field, in lower case. */
  HEADER_NAME,
  /** The file name of an upload. */
  FILE_NAME,
  /** A header line of a part of a multipart body; its name is the field's. */
  PART_HEADER,
  /** The body as received. */
  BODY,
  /** What is wrong with a body, or part of one, that is not what it says it is. */
  MALFORMED,
  /** The client's address in its usual notation; absent if the request does not tell. */
  CLIENT;

  /** Returns a selector of all values of this part. */
  public Selector any() {
    return new Selector(this, null, Selector.Use.INCLUDE);
  }

  /**
   * Returns a selector of the values with this name.
   *
   * @param name compared without regard to ASCII case; an asterisk stands for any text
   */
  public Selector named(String name) {
    return new Selector(this, requireNonNull(name, "name"), Selector.Use.INCLUDE);
  }
}
