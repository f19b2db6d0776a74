/** Which line, which endpoint, and what if it fails. */
module io.gatewaykit.failover {
  requires transitive io.gatewaykit.api;
  requires com.google.common;
  requires org.slf4j;
  requires static transitive java.net.http; // for HttpDnsResolver alone
  requires static transitive org.jspecify;

  exports io.gatewaykit.failover;
  exports io.gatewaykit.failover.resolve;
}
