/** Failover, retries, hedging and deadlines around existing HTTP clients. */
@SuppressWarnings({
  "requires-automatic",
  "requires-transitive-automatic"
}) // OkHttp has no module descriptor
module io.gatewaykit.httpclient {
  requires transitive io.gatewaykit.failover;
  requires static transitive java.net.http;
  requires static transitive okhttp3;
  requires static okio;
  requires static transitive org.jspecify;

  exports io.gatewaykit.httpclient;
  exports io.gatewaykit.httpclient.jdk;
  exports io.gatewaykit.httpclient.okhttp;
}
