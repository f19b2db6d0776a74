package io.gatewaykit.healthcheck;

/** What one probe or one real request says of a target. The order is that of the counts. */
enum Report {
  /** It answered, and the answer was good. */
  SUCCESS,
  /** It answered badly. */
  HTTP_FAILURE,
  /** No connection came about, or it broke. */
  TCP_FAILURE,
  /** It did not answer in time. */
  TIMEOUT
}
