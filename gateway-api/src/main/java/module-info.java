/** The words GatewayKit's modules share: requests, guards, routes, upstreams and time. */
module io.gatewaykit.api {
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.api;
  exports io.gatewaykit.api.guard;
  exports io.gatewaykit.api.request;
  exports io.gatewaykit.api.route;
  exports io.gatewaykit.api.upstream;
}
