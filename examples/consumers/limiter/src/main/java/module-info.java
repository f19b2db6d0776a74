module consumer.limiter {
  requires io.gatewaykit.ratelimit;
}
