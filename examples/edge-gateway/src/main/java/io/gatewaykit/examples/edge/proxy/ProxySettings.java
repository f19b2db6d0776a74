package io.gatewaykit.examples.edge.proxy;

import java.time.Duration;

/**
 * What the proxy is told. Immutable.
 *
 * @param headers what changes in headers
 * @param perTryTimeout how long a connection, and then the head of a response, may take
 */
record ProxySettings(HeaderRules headers, Duration perTryTimeout) {}
