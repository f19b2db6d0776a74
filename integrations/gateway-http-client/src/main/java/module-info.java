/** Failover, retries, hedging and deadlines around existing HTTP clients. */
module io.gatewaykit.httpclient {
  requires transitive io.gatewaykit.failover;
  requires static transitive java.net.http;
  requires static transitive org.jspecify;

  exports io.gatewaykit.httpclient;
  exports io.gatewaykit.httpclient.jdk;
}
